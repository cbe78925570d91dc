/** Whom clients connect as: the owner of the database and of all that is in it, and no superuser. */
export const CLIENT_ROLE = 'wb_assist';

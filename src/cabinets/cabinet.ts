import { AppError } from '../errors.ts';

/** A cabinet as answers show it: whether it has a key is said, the key itself never leaves the database this way. */
export interface Cabinet {
  id: number;
  name: string;
  isActive: boolean;
  hasApiKey: boolean;
  lastSyncAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewCabinet {
  name: string;
  /** The key of the Wildberries API. */
  apiKey: string;
  isActive?: boolean | undefined;
}

/** Fields that are undefined stay as they are. */
export interface CabinetChanges {
  name?: string | undefined;
  apiKey?: string | undefined;
  isActive?: boolean | undefined;
}

export function cabinetNotFound(id: number): AppError {
  return new AppError('cabinet_not_found', `There is no cabinet ${id}.`, { details: { cabinet_id: id } });
}

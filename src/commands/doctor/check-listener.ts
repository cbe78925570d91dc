import { askListeners } from '../../changes/ask-listeners.ts';
import { milliseconds, startRole, type Check } from './finding.ts';

export const checkListener: Check = {
  name: 'listener',
  needs: ['main'],
  async run(examination) {
    const check = checkListener.name;
    const { answerMs } = examination;
    const { ownMs, listeners, firstMs } = await askListeners(examination.main, answerMs);
    if (ownMs === undefined) {
      const detail = `a notification that was sent did not arrive within ${answerMs / 1000} s: LISTEN does not work over this connection`;
      const remedy =
        'A pooler in transaction mode (PgBouncer) does this: point DATABASE_URL to the server itself.';
      return [{ check, status: 'failed', detail, remedy }];
    }
    if (firstMs !== undefined) {
      examination.available.add('listener');
      const detail = `${listeners.join(', ')} answered a notification in ${milliseconds(firstMs)}`;
      return [{ check, status: 'ok', detail }];
    }
    const nobody = `notifications pass (${milliseconds(ownMs)}), but no listener answered within ${answerMs / 1000} s`;
    if (!examination.config.RAG_ENABLED) {
      const detail = `${nobody}: RAG_ENABLED is false, so none runs on purpose and changes wait`;
      return [{ check, status: 'warning', detail, remedy: 'Set RAG_ENABLED=true and restart the service.' }];
    }
    return [{ check, status: 'failed', detail: nobody, remedy: startRole('listener', examination) }];
  },
};

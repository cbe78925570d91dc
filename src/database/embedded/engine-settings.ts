/**
 * How PGlite's Postgres is started. It runs as a single-user backend: no background processes, so whatever would
 * need one is off. `-F` (no fsync) and `-O` (system tables may be altered), which PGlite passes by default, are
 * left out: commits are forced to disk (engine.ts gives the file system its missing fsync), and the catalogs are
 * as safe from a typing error as on a server.
 */
export const START_PARAMETERS: string[] = [
  '--single',
  '-j',
  ...Object.entries({
    exit_on_error: 'false',
    io_method: 'sync',
    max_worker_processes: '0',
    max_parallel_workers: '0',
    max_parallel_workers_per_gather: '0',
    max_parallel_maintenance_workers: '0',
    log_checkpoints: 'false',
    // PGlite's log is for its developers: a client gets its errors itself.
    log_min_messages: 'fatal',
    log_min_error_statement: 'panic',
    // Measured: 128 MB of shared buffers take 65 MB more of the process than 32 MB and save 10 % of an exact scan
    // over 10 000 vectors: what is not in them is in the system's page cache, 3 µs away.
    shared_buffers: '32MB',
    // Who may make roles may also become one of them: clients own the database without being superusers.
    createrole_self_grant: 'set,inherit',
    work_mem: '8MB',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

/** The parameters that a server reports in its handshake, and again when they change. */
export const REPORTED_PARAMETERS = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'application_name',
  'default_transaction_read_only',
  'in_hot_standby',
  'integer_datetimes',
  'IntervalStyle',
  'is_superuser',
  'search_path',
  'session_authorization',
  'standard_conforming_strings',
  'DateStyle',
  'TimeZone',
  'scram_iterations',
] as const;

import * as http from 'node:http';
import { AppError } from './errors.ts';

/** The names that programs agree on; those in small letters win, as in curl. */
const NAMES = ['http_proxy', 'https_proxy', 'no_proxy'] as const;

/** Addresses of this machine: the simulator, a second instance, a model server. A proxy cannot reach them. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

/**
 * Has all requests of the process (providers, Wildberries) go through HTTPS_PROXY or HTTP_PROXY, save for those to NO_PROXY and to
 * this machine, where one of the two is set. Node itself does so only when it is told at its start.
 *
 * @returns undoes it
 * @throws AppError `config_invalid`: an address that is none, or a Node that cannot
 */
export function useOutgoingProxy(env: Readonly<Record<string, string | undefined>>): () => void {
  const [httpProxy, httpsProxy, noProxy] = NAMES.map(
    (name) => (env[name] ?? env[name.toUpperCase()])?.trim() || undefined,
  );
  if (httpProxy === undefined && httpsProxy === undefined) return () => undefined;
  for (const [name, address] of [
    ['HTTP_PROXY', httpProxy],
    ['HTTPS_PROXY', httpsProxy],
  ] as const) {
    const protocol = address === undefined ? 'http:' : URL.parse(address)?.protocol;
    if (protocol !== 'http:' && protocol !== 'https:')
      throw new AppError('config_invalid', `${name} has to be of the form http://host:3128 (http or https).`);
  }
  // Node has this since 24.14; the earlier versions that the program supports do not.
  if (!('setGlobalProxyFromEnv' in http))
    throw new AppError(
      'config_invalid',
      `HTTPS_PROXY is set, and Node ${process.versions.node} goes through a proxy only with NODE_USE_ENV_PROXY=1 in the environment, or not at all. Use Node 24.14 or newer, or unset it.`,
    );
  return http.setGlobalProxyFromEnv({
    ...(httpProxy === undefined ? {} : { http_proxy: httpProxy }),
    ...(httpsProxy === undefined ? {} : { https_proxy: httpsProxy }),
    no_proxy: [noProxy, ...LOOPBACK].filter(Boolean).join(','),
  });
}

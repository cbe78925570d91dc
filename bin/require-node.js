// The program runs TypeScript by Node's own type stripping, on by default since 22.18. On Linux x64 and arm64
// `npm ci` installs that Node beside the program (optionalDependencies) and npm scripts run on it; elsewhere the
// machine's own Node has to be new enough.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6)) {
  console.error(
    [
      `wb-assist needs Node.js 22.18 or newer; this is ${process.version} on ${process.platform}-${process.arch}.`,
      'Install Node.js 24 (https://nodejs.org, or: nvm install 24), then run the same command again.',
      'On Linux x64 and arm64, `npm ci` brings a suitable Node along: use `npm start`, `npm run demo` or `npx wb-assist`.',
    ].join('\n'),
  );
  process.exit(1);
}

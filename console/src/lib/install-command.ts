/** Where the secret stands: an option for Linux, a property in quotes for Windows. */
const option = /(--client-secret |CLIENTSECRET=")[^"\s]+/;

/** The line that installs an agent, with another secret in its place; a replacement's `$` means itself. */
export const withSecret = (command: string, secret: string): string =>
  command.replace(option, (_, name: string) => name + secret);

/** The same line to look at: everything but the secret. */
export const masked = (command: string): string => withSecret(command, "••••••••••••");

/** Whether an address holds a user or a password, which logs and histories would show. */
export const holdsCredentials = (address: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\//i.test(address) && URL.canParse(address)
    ? new URL(address).username !== '' || new URL(address).password !== ''
    : address.includes('@');

// What the project says of itself that is code, or a list. Addresses, ports and secrets are environment variables.

import { defineConfig } from 'goalkeeper/config';

// The name of a team is the name of its task queue: it is the same here and in a container.
export default defineConfig({ teams: { 'my-goals': '.' } });

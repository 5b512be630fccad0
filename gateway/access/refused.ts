import { Problem } from '../http/problems.ts';

/** What `WWW-Authenticate` asks for. */
export const CHALLENGE = 'Bearer realm="goalkeeper"';

/** Of credentials that do not count. */
export const refused = (detail: string): Problem =>
  new Problem('credentials_invalid', detail, {
    headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` },
  });

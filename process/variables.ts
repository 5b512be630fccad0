// Every environment variable that a process of goalkeeper reads. docs/reference/configuration.md is this table, grouped by what
// one wants to set; test/house/variables.test.ts proves it equal, and that each is read. A job's own variables are in
// goals/wire/names.ts, and on the page of the job contract.

import { jobVariables } from '../goals/wire/names.ts';

export type Reader =
  | 'worker'
  | 'gateway'
  | '`npm start`'
  | '`npm run cluster`'
  | 'command line'
  | 'one-shots of the compose file';

export interface Variable {
  /** What it sets. */
  sets: string;
  /** Its form, with its unit or an example. */
  form: string;
  /** How a process behaves without it. */
  default: string;
  readBy: readonly Reader[];
  /** Its value is kept out of logs, errors and answers. */
  isSecret?: true;
  /** Another variable, of this name with `_FILE`, may name a file that holds it. */
  hasFile?: true;
  /** Temporal's own client reads it by itself. */
  isTemporals?: true;
}

const everyClient = ['worker', 'gateway', '`npm start`', 'one-shots of the compose file'] as const;
const both = ['worker', 'gateway'] as const;
const worker = ['worker'] as const;

/** Grouped by what one wants to set. A name that ends in `…` stands for all that begin so. */
export const variables = {
  'Where Temporal is': {
    TEMPORAL_ADDRESS: {
      sets: 'the address of the server',
      form: '`host:port`',
      default: '`127.0.0.1:7233`; `npm start` starts a server of its own',
      readBy: everyClient,
    },
    TEMPORAL_NAMESPACE: {
      sets: 'the namespace, which must exist',
      form: 'a name; in Temporal Cloud `name.account`',
      default: '`default`',
      readBy: everyClient,
      isTemporals: true,
    },
    TEMPORAL_API_KEY: {
      sets: 'the API key; it implies TLS',
      form: 'text',
      default: 'no key',
      readBy: everyClient,
      isSecret: true,
    },
    TEMPORAL_TLS: {
      sets: 'whether the connection uses TLS',
      form: '`true` or `false`',
      default: 'TLS if there is an API key or a certificate',
      readBy: everyClient,
    },
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: {
      sets: 'the CA that signed the certificate of the server',
      form: 'path of a PEM file',
      default: 'the CAs that the system trusts',
      readBy: everyClient,
    },
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: {
      sets: 'the same CA, given directly',
      form: 'PEM',
      default: '',
      readBy: everyClient,
      isTemporals: true,
    },
    TEMPORAL_TLS_CLIENT_CERT_PATH: {
      sets: 'the client certificate (mTLS)',
      form: 'path of a PEM file',
      default: 'no certificate',
      readBy: everyClient,
    },
    TEMPORAL_TLS_CLIENT_CERT_DATA: {
      sets: 'the same certificate, given directly',
      form: 'PEM',
      default: '',
      readBy: everyClient,
      isTemporals: true,
    },
    TEMPORAL_TLS_CLIENT_KEY_PATH: {
      sets: 'the key of the client certificate',
      form: 'path of a PEM file',
      default: 'no key',
      readBy: everyClient,
    },
    TEMPORAL_TLS_CLIENT_KEY_DATA: {
      sets: 'the same key, given directly',
      form: 'PEM',
      default: '',
      readBy: everyClient,
      isSecret: true,
    },
    TEMPORAL_TLS_SERVER_NAME: {
      sets: 'the name in the certificate of the server',
      form: 'a host name',
      default: 'the host of the address',
      readBy: everyClient,
    },
    TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: {
      sets: 'nothing: goalkeeper refuses `true`, because a third party could then read everything',
      form: '`false`',
      default: '`false`',
      readBy: everyClient,
    },
    'TEMPORAL_GRPC_META_…': {
      sets: 'a header of every call; the rest of the name is the name of the header',
      form: 'text',
      default: 'no header',
      readBy: everyClient,
      isTemporals: true,
    },
    TEMPORAL_CONFIG_FILE: {
      sets: "Temporal's configuration file",
      form: 'path of a TOML file',
      default: 'the file of `temporal config`, such as `~/.config/temporalio/temporal.toml`',
      readBy: everyClient,
    },
    TEMPORAL_PROFILE: {
      sets: 'the profile in that file',
      form: 'a name',
      default: '`default`',
      readBy: everyClient,
    },
  },
  'How a worker works': {
    GOALKEEPER_TASK_QUEUE: {
      sets: 'the task queue of the worker',
      form: 'a name',
      default: "the name of the team's folder",
      readBy: worker,
    },
    GOALKEEPER_VERSION: {
      sets: 'the version of the goals; an older worker never overwrites goals of a newer one',
      form: 'a whole number that grows with each deploy',
      default: "the time of the newest file in the team's folder",
      readBy: worker,
    },
    GOALKEEPER_PREFLIGHT: {
      sets: 'whether a worker starts whose code would break open runs',
      form: '`refuse`, `warn`, or `off`',
      default: '`refuse` where `NODE_ENV` is `production`, else `warn`',
      readBy: worker,
    },
    GOALKEEPER_VERSIONING: {
      sets: 'whether the worker is a version of a worker deployment, and whether it makes that version current',
      form: '`on`, `follow` (somebody else makes it current), or `off`',
      default:
        '`off`; with both of the next two `on`, or `follow` where the name has a `/`, as the names of the controller have',
      readBy: worker,
    },
    TEMPORAL_DEPLOYMENT_NAME: {
      sets: "the name of the deployment; Temporal's controller for Kubernetes sets it",
      form: 'a name without `.` and `:`',
      default: 'the task queue',
      readBy: worker,
    },
    TEMPORAL_WORKER_BUILD_ID: {
      sets: "the version in it; Temporal's controller for Kubernetes sets it",
      form: 'a name that no other code had',
      default: "goalkeeper's release, and the digest of the goals' code",
      readBy: worker,
    },
    GOALKEEPER_SLOTS_LEAST: {
      sets: 'how many jobs the worker takes at once, however busy the machine is',
      form: '1 to 10000',
      default: '`20`',
      readBy: worker,
    },
    GOALKEEPER_SLOTS_MOST: {
      sets: 'the most jobs that the worker takes at once from each queue',
      form: '1 to 10000',
      default: '`1000`',
      readBy: worker,
    },
    GOALKEEPER_MEMORY_TARGET: {
      sets: 'the share of memory above which the worker takes only the least',
      form: '0.01 to 1',
      default: '`0.8`',
      readBy: worker,
    },
    GOALKEEPER_CPU_TARGET: {
      sets: 'the share of CPU above which the worker takes only the least',
      form: '0.01 to 1',
      default: '`0.9`',
      readBy: worker,
    },
    GOALKEEPER_DRAIN: {
      sets: 'how long jobs may go on after SIGTERM, before they are stopped and retried elsewhere',
      form: 'a duration such as `90s`',
      default: '`20s`; `npm start` sets `0s`',
      readBy: worker,
    },
    GOALKEEPER_BUNDLE: {
      sets: 'what `goalkeeper build` wrote, so that the worker bundles nothing itself',
      form: 'path of a folder',
      default: 'the worker bundles its goals when it starts',
      readBy: worker,
    },
    GOALKEEPER_STORAGE: {
      sets: 'where payloads of more than 256 KiB go',
      form: 'absolute path of a directory that all workers share, or `s3://bucket`',
      default: '`$XDG_DATA_HOME/goalkeeper/payloads`',
      readBy: worker,
    },
    GOALKEEPER_LOGS: {
      sets: 'where whole logs of attempts are kept',
      form: 'absolute path of a directory that workers and gateways share, `s3://bucket`, or `off`',
      default: '`off`; an error has the lines before it in any case',
      readBy: both,
    },
    GOALKEEPER_LOGS_DAYS: {
      sets: 'after how many days without a new line a worker deletes the log of a run from a directory',
      form: 'a number from 1',
      default: '`30`',
      readBy: worker,
    },
    GOALKEEPER_LOGS_LINK: {
      sets: "the address of an attempt's log in your own system",
      form: 'an address with `{run}`, `{step}` and `{attempt}`',
      default: 'no link',
      readBy: ['gateway'],
    },
  },
  'How values are sealed': {
    GOALKEEPER_KEYS: {
      sets: 'the keys by which values are sealed before Temporal has them: inputs, outputs, errors, decisions',
      form: 'path of a JSON file, the same for all processes of a namespace',
      default: 'nothing is sealed',
      readBy: ['worker', 'gateway', 'command line'],
    },
  },
  'How the gateway serves': {
    PORT: {
      sets: 'the port of the gateway',
      form: '0 to 65535',
      default: '`3000`',
      readBy: ['gateway', '`npm start`'],
    },
    HOST: {
      sets: 'the address on which the gateway listens',
      form: 'an address',
      default: '`127.0.0.1`',
      readBy: ['gateway', 'one-shots of the compose file'],
    },
    GOALKEEPER_ACCESS: {
      sets: 'the access file: who may ask the gateway, and for what; it is read anew when it changes',
      form: 'path of a JSON file',
      default: 'anyone who reaches the gateway may do everything',
      readBy: ['gateway'],
    },
    GOALKEEPER_PUBLIC_URL: {
      sets: 'the address by which browsers reach the gateway, through a proxy that speaks TLS',
      form: 'http or https URL without a path',
      default: 'the address on which the gateway listens',
      readBy: ['gateway'],
    },
    GOALKEEPER_MCP_WRITES: {
      sets: 'whether assistants may start, resume and cancel runs, where the role of the caller allows it',
      form: '`on` or `off`',
      default: '`off`',
      readBy: ['gateway'],
    },
    GOALKEEPER_HOSTS: {
      sets: 'other names under which the process may be reached; anyone who reaches it under one is let in, unless there is an access file',
      form: 'names, separated by commas',
      default: 'this machine only',
      readBy: both,
    },
    GOALKEEPER_HOOKS: {
      sets: 'the webhooks that become events',
      form: 'a JSON list, or the path of a file that holds one',
      default: 'no webhooks',
      readBy: both,
    },
  },
  'Who decides': {
    GOALKEEPER_DECISION_KEYS: {
      sets: 'the public keys of gateways: the runs of the worker take decisions of people only that are signed with one of them',
      form: 'a JSON list, or the path of a file that holds one',
      default: 'decisions need no signature',
      readBy: worker,
    },
  },
  'Callbacks of endpoints': {
    GOALKEEPER_CALLBACK_SECRET: {
      sets: 'the secret that signs callback tokens (HMAC-SHA-256), the same for all workers and gateways',
      form: '32 characters at least',
      default: 'no callbacks; `npm start` makes one',
      readBy: ['worker', 'gateway', '`npm start`'],
      isSecret: true,
      hasFile: true,
    },
    GOALKEEPER_CALLBACK_URL: {
      sets: 'the address under which endpoints reach the gateway',
      form: 'http or https URL',
      default: 'the value of `GOALKEEPER_URL`',
      readBy: worker,
    },
  },
  Alerts: {
    GOALKEEPER_URL: {
      sets: 'the address under which people reach the gateway: for links, and for the commands of operators',
      form: 'http or https URL',
      default: '`http://127.0.0.1:3000`',
      readBy: ['worker', 'command line'],
    },
    GOALKEEPER_ALERT_WEBHOOK_URL: {
      sets: 'a webhook that receives alerts',
      form: 'http or https URL',
      default: 'no webhook',
      readBy: worker,
      isSecret: true,
    },
    GOALKEEPER_ALERT_WEBHOOK_SECRET: {
      sets: 'the secret that signs them (Standard Webhooks)',
      form: '`whsec_` and base64',
      default: 'required with the URL',
      readBy: worker,
      isSecret: true,
    },
    GOALKEEPER_ALERT_SLACK_URL: {
      sets: 'an incoming webhook of Slack, or a service that accepts the same',
      form: 'http or https URL',
      default: 'no Slack',
      readBy: worker,
      isSecret: true,
    },
    GOALKEEPER_ALERT_SINKS: {
      sets: 'further sinks',
      form: 'path of a file that holds a JSON list',
      default: 'no further sinks',
      readBy: worker,
    },
    GOALKEEPER_ALERT_COOLDOWN: {
      sets: 'how long a goal stays quiet after an alert',
      form: 'a duration',
      default: '`15m`',
      readBy: worker,
    },
    GOALKEEPER_ALERT_GATHER: {
      sets: 'how long an alert waits for others, to be one message with them',
      form: 'a duration',
      default: '`2s`',
      readBy: worker,
    },
    GOALKEEPER_ALERT_SWEEP: {
      sets: 'the time between two sweeps for failures that nobody reported',
      form: 'a duration',
      default: '`30s`',
      readBy: worker,
    },
    GOALKEEPER_ALERT_TIMEOUT: {
      sets: 'how long one delivery may take',
      form: 'a duration',
      default: '`10s`',
      readBy: worker,
    },
    GOALKEEPER_ALERTS_ID: {
      sets: 'the workflow ID of the alerts workflow, to keep two installations in one namespace apart',
      form: 'a workflow ID',
      default: '`gk-alerts`',
      readBy: both,
    },
    GOALKEEPER_STUCK_AFTER: {
      sets: "how long a run's task must have failed before the run counts as stuck",
      form: 'a duration such as `60s`',
      default: '`60s`',
      readBy: both,
    },
  },
  'Subscriptions to outcomes': {
    GOALKEEPER_SUBSCRIPTIONS: {
      sets: 'who is sent the outcomes of runs by webhook',
      form: 'a JSON list, or the path of a file that holds one',
      default: 'nobody',
      readBy: worker,
    },
  },
  'Records of closed runs': {
    GOALKEEPER_RECORDS_DIR: {
      sets: 'a directory that receives a file for each closed run',
      form: 'a path',
      default: 'no directory',
      readBy: worker,
    },
    GOALKEEPER_RECORDS_URL: {
      sets: 'a webhook that receives the record of each closed run',
      form: 'http or https URL',
      default: 'no webhook',
      readBy: worker,
      isSecret: true,
    },
    GOALKEEPER_RECORDS_SECRET: {
      sets: 'the secret that signs them (Standard Webhooks)',
      form: '16 bytes at least in base64, with or without `whsec_`',
      default: 'unsigned',
      readBy: worker,
      isSecret: true,
    },
    GOALKEEPER_OPENLINEAGE_URL: {
      sets: 'a server that takes OpenLineage events of each closed run, such as Marquez',
      form: 'http or https URL, such as `http://marquez:5000/api/v1/lineage`',
      default: 'none',
      readBy: worker,
    },
    GOALKEEPER_OPENLINEAGE_NAMESPACE: {
      sets: 'the namespace of goals and datasets in these events',
      form: 'text',
      default: '`goalkeeper`',
      readBy: worker,
    },
    GOALKEEPER_OPENLINEAGE_KEY: {
      sets: 'the API key of that server',
      form: 'text; sent as `Authorization: Bearer`',
      default: 'none',
      readBy: worker,
      isSecret: true,
    },
    GOALKEEPER_RECORDS_PERIOD: {
      sets: 'the time between two looks for closed runs',
      form: 'a duration from `100ms` to `1h`',
      default: '`10s`',
      readBy: worker,
    },
    GOALKEEPER_RECORDS_SINCE: {
      sets: 'the time before which a new sink leaves closed runs out',
      form: 'an ISO time',
      default: 'all runs that Temporal still has',
      readBy: worker,
    },
    GOALKEEPER_RECORDS_NAME: {
      sets: 'a name that keeps several sinks of one kind in one namespace apart',
      form: 'lower-case letters, digits and hyphens, up to 60',
      default: 'no name',
      readBy: worker,
    },
  },
  'Logs, metrics and redaction': {
    LOG_LEVEL: {
      sets: 'the least severe log line that is written',
      form: '`trace`, `debug`, `info`, `warn`, `error` or `fatal`',
      default: '`info`',
      readBy: both,
    },
    METRICS_PORT: {
      sets: 'a port for `/metrics` and `/healthz` alone',
      form: '0 to 65535',
      default: 'no such port',
      readBy: both,
    },
    METRICS_HOST: {
      sets: 'the address of that port',
      form: 'an address',
      default: '`127.0.0.1`',
      readBy: both,
    },
    TEMPORAL_METRICS: {
      sets: "a port for the metrics of Temporal's SDK",
      form: '`host:port`',
      default: 'no such port',
      readBy: worker,
    },
    GOALKEEPER_REDACT: {
      sets: "a team's own patterns of secrets, beside those that are built in",
      form: 'a JSON list of regular expressions, or the path of a file with such a list or one pattern a line',
      default: 'the built-in patterns',
      readBy: both,
    },
  },
  'Operators at the command line': {
    GOALKEEPER_TOKEN: {
      sets: 'the token with which the commands ask the gateway',
      form: 'text',
      default: 'the token of the profile, if it is for that gateway',
      readBy: ['command line', 'one-shots of the compose file'],
      isSecret: true,
      hasFile: true,
    },
    GOALKEEPER_PROFILE: {
      sets: 'the profile that names the gateway',
      form: 'a name of `goalkeeper profiles`',
      default: 'the profile in use',
      readBy: ['command line'],
    },
  },
  'One machine, and the installation': {
    GOALKEEPER_UI: {
      sets: "whether `npm start` also starts Temporal's own UI",
      form: '`1`',
      default: 'no UI',
      readBy: ['`npm start`'],
    },
    GOALKEEPER_CLUSTER_HOME: {
      sets: 'a folder that keeps data and logs for the next start',
      form: 'a path',
      default: 'a temporary folder, deleted at the end',
      readBy: ['`npm run cluster`'],
    },
    NAMESPACE_RETENTION: {
      sets: 'how long closed runs can still be read',
      form: 'a duration in days, such as `30d`',
      default: '`30d`',
      readBy: ['one-shots of the compose file'],
    },
    GATEWAY_URL: {
      sets: 'the gateway at which the main job is pursued',
      form: 'http URL',
      default: '`http://127.0.0.1:3000`',
      readBy: ['one-shots of the compose file'],
    },
    PAGES: {
      sets: 'the pages that are served to this machine',
      form: '`port=URL`, separated by commas',
      default: 'no pages',
      readBy: ['one-shots of the compose file'],
    },
    XDG_CACHE_HOME: {
      sets: "the folder for Temporal's server and workflow bundles, in `goalkeeper/`",
      form: 'a path',
      default: '`~/.cache`',
      readBy: ['worker', '`npm start`', '`npm run cluster`'],
    },
    XDG_DATA_HOME: {
      sets: 'the folder for large payloads, if `GOALKEEPER_STORAGE` is not set',
      form: 'a path',
      default: '`~/.local/share`',
      readBy: worker,
    },
    NO_COLOR: {
      sets: 'whether the terminal shows colours',
      form: 'anything',
      default: 'colours in a terminal',
      readBy: ['`npm start`', '`npm run cluster`', 'command line'],
    },
  },
} as const satisfies Record<string, Record<string, Variable>>;

/** The code of the log line about a variable that is in no table. */
export const VARIABLE_UNKNOWN = 'variable_unknown';

const known: ReadonlySet<string> = new Set([
  ...Object.values(variables).flatMap((group) =>
    Object.entries<Variable>(group).flatMap(([name, { hasFile }]) =>
      hasFile ? [name, `${name}_FILE`] : [name],
    ),
  ),
  ...Object.values(jobVariables),
]);

/** Further away a name is another name, and no misspelling. */
const FARTHEST = 4;

/** A sentence for each `GOALKEEPER_…` variable that nothing reads, with the nearest name that something does. */
export function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('GOALKEEPER_') && !known.has(name))
    .sort()
    .map((name) => {
      const [nearest] = [...known]
        .map((other) => ({ other, distance: distanceOf(name, other) }))
        .filter(({ distance }) => distance <= FARTHEST)
        .sort((a, b) => a.distance - b.distance);
      const hint =
        nearest === undefined
          ? 'docs/reference/configuration.md lists all'
          : `did you mean ${nearest.other}?`;
      return `unknown variable ${name}; ${hint}`;
    });
}

/** Levenshtein's: how many letters to add, drop or exchange. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries())
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

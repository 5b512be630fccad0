// Why a process cannot start: every code, with its meaning and mend. docs/reference/start-codes.md lists the same, and a test
// proves the two equal. A code is never used again for something else.

export interface StartCode {
  title: string;
  meaning: string;
  /** How to mend it. */
  mend: string;
}

export const startCodes = {
  access_invalid: {
    title: 'Invalid access file',
    meaning: 'The file that `GOALKEEPER_ACCESS` names cannot be read, or a field of it is wrong.',
    mend: 'The message names each field; correct it.',
  },
  alerts_invalid: {
    title: 'Alerts misconfigured',
    meaning: 'A variable or the file of alert sinks is wrong.',
    mend: 'The message names the variable or sink; correct it.',
  },
  build_unusable: {
    title: 'Build unusable',
    meaning:
      'The folder that `GOALKEEPER_BUNDLE` names is not a whole build, or another version of goalkeeper wrote it.',
    mend: 'Run `goalkeeper build` again with the goalkeeper that the worker has.',
  },
  bundle_differs: {
    title: 'Bundle differs from Node',
    meaning: 'The workflow bundle makes other schemas of the goals than Node does.',
    mend: 'Make the goals module build the same schemas everywhere; it must not look at its surroundings.',
  },
  callback_secret_short: {
    title: 'Callback secret too short',
    meaning: '`GOALKEEPER_CALLBACK_SECRET` has too few characters.',
    mend: 'Set one of 32 characters at least, the same for all workers and gateways.',
  },
  callback_secret_unreadable: {
    title: 'Callback secret unreadable',
    meaning: 'The file that `GOALKEEPER_CALLBACK_SECRET_FILE` names cannot be read.',
    mend: 'Correct the path, or let the user of the process read the file.',
  },
  config_invalid: {
    title: 'Invalid config',
    meaning: '`goalkeeper.config.ts` has an unknown key or a wrong value.',
    mend: 'The message lists each with the nearest key or a right form.',
  },
  dataset_name_taken: {
    title: 'Dataset name taken',
    meaning: 'A goal of another team produces a dataset of this name in the namespace.',
    mend: 'Rename the dataset, or let the other team open its own by `usableBy`.',
  },
  decision_keys_invalid: {
    title: 'Invalid decision keys',
    meaning: '`GOALKEEPER_DECISION_KEYS` is not a list of public keys, or names a file that cannot be read.',
    mend: 'Set it to the public line that `goalkeeper decision-key new` prints.',
  },
  drain_invalid: {
    title: 'Invalid drain time',
    meaning: '`GOALKEEPER_DRAIN` is not a duration.',
    mend: 'Set it to a duration such as `20s`.',
  },
  goal_name_taken: {
    title: 'Goal name taken',
    meaning:
      'A goal of another team, or of another deployment, has this name in the namespace, or has or had a name that this one says it had.',
    mend: 'Rename the goal, or take the name out of its `formerly`.',
  },
  goal_not_open: {
    title: 'Goal not open to the team',
    meaning: 'A goal uses a goal that its team has not opened to this one.',
    mend: 'Ask the other team to add this team to `usableBy`.',
  },
  goals_circular: {
    title: 'Goals form a cycle',
    meaning: 'Goals need or start each other in a cycle.',
    mend: 'The message shows the cycle; remove one link of it.',
  },
  goals_impure: {
    title: "Goals cannot run in Temporal's sandbox",
    meaning: 'The goals module imports or does something that the sandbox does not have.',
    mend: 'Import only zod and goalkeeper in it; move files, network and clocks into jobs.',
  },
  goals_invalid: {
    title: 'Invalid goals',
    meaning: 'The declarations of goals contradict themselves or miss something.',
    mend: 'The message lists every problem with its mend.',
  },
  histories_unreadable: {
    title: 'Histories unreadable',
    meaning: 'The folder that `--histories` names has no histories, or a file of it is none.',
    mend: 'Write each with `temporal workflow show --output json`.',
  },
  hooks_invalid: {
    title: 'Webhooks misconfigured',
    meaning: '`GOALKEEPER_HOOKS` is wrong, or a secret that it names is missing.',
    mend: 'The message says which entry; correct it.',
  },
  host_not_loopback: {
    title: 'Gateway open to a network',
    meaning: '`HOST` would let other machines in, and nothing says under which names.',
    mend: 'Leave `HOST` unset, or set `GOALKEEPER_HOSTS` in a network that keeps strangers out.',
  },
  jobs_invalid: {
    title: 'Invalid jobs',
    meaning: '`jobs.ts` does not export a list of bound jobs.',
    mend: 'Write `export const jobs = [bind(myJob, …)]`.',
  },
  key_missing: {
    title: 'Key missing',
    meaning: 'Something open in the namespace is sealed with a key that this process does not have.',
    mend: 'Give the process all keys of its namespace by `GOALKEEPER_KEYS`; a new key goes to every process before its `from`.',
  },
  key_service_unavailable: {
    title: 'Key service unavailable',
    meaning: 'The service that keeps a key does not answer, or refuses.',
    mend: 'Start the service or correct its address and token; the message names the key.',
  },
  key_wrong: {
    title: 'Another key of the same ID',
    meaning:
      'Something open in the namespace is sealed with another key than the one that this process has under its ID.',
    mend: 'Put the right key under the ID. An ID is never used for another key, and a key is of one namespace.',
  },
  keys_invalid: {
    title: 'Invalid file of keys',
    meaning: 'The file that `GOALKEEPER_KEYS` names cannot be read, or a field of it is wrong.',
    mend: 'The message names the field; correct it.',
  },
  logs_days_invalid: {
    title: 'Invalid days of logs',
    meaning: '`GOALKEEPER_LOGS_DAYS` is not a number of days.',
    mend: 'Set it to a number from 1, such as `30`.',
  },
  logs_driver_missing: {
    title: 'Logs driver missing',
    meaning: '`GOALKEEPER_LOGS` names S3, and its driver is not installed.',
    mend: 'Install the package in the message.',
  },
  logs_invalid: {
    title: 'Invalid place for logs',
    meaning: '`GOALKEEPER_LOGS` is neither a directory nor a bucket.',
    mend: 'Set an absolute path that workers and gateways share, `s3://bucket`, or `off`.',
  },
  logs_link_invalid: {
    title: 'Invalid link to logs',
    meaning:
      '`GOALKEEPER_LOGS_LINK` is not an address, or has another field than `{run}`, `{step}` and `{attempt}`.',
    mend: 'Set it to such as `https://loki.example/explore?run={run}`.',
  },
  mcp_writes_invalid: {
    title: 'Invalid switch for assistants',
    meaning: '`GOALKEEPER_MCP_WRITES` is neither `on` nor `off`.',
    mend: 'Set it to `on` or `off`.',
  },
  metrics_port_unusable: {
    title: 'Metrics port unusable',
    meaning: '`METRICS_PORT` is not a port, or another process has it.',
    mend: 'Set another port, or leave it unset.',
  },
  module_broken: {
    title: 'Module cannot be loaded',
    meaning: "A module of the team's folder throws or does not parse.",
    mend: 'The message has the error and its line; correct it.',
  },
  plugin_unfit: {
    title: 'Unsuitable plugin',
    meaning: 'A plugin brings its own workflows or payload converter.',
    mend: "Remove it; goals need goalkeeper's.",
  },
  plugins_invalid: {
    title: 'Invalid plugins',
    meaning: '`plugins.ts` does not export a list `plugins`.',
    mend: 'Write `export const plugins = […]`.',
  },
  port_busy: {
    title: 'Port in use',
    meaning: 'Another process listens on the port of the gateway.',
    mend: 'Stop that process, or set `PORT`.',
  },
  port_forbidden: {
    title: 'Port forbidden',
    meaning: 'This user may not listen on the port.',
    mend: 'Set `PORT` above 1023.',
  },
  port_invalid: {
    title: 'Invalid port',
    meaning: '`PORT` is not a port.',
    mend: 'Set it to a number up to 65535.',
  },
  preflight_failed: {
    title: 'New code would break open runs',
    meaning: 'Replayed by the code of this worker, open runs do something else than their histories say.',
    mend: 'The message names the goals, the first differences and the runs; the guide on deploying lists the ways out.',
  },
  preflight_invalid: {
    title: 'Invalid preflight mode',
    meaning: '`GOALKEEPER_PREFLIGHT` is none of its values.',
    mend: 'Set it to `refuse`, `warn` or `off`.',
  },
  public_url_invalid: {
    title: 'Invalid public URL',
    meaning: '`GOALKEEPER_PUBLIC_URL` is not an http or https URL without a path.',
    mend: 'Set it to the address that browsers show, such as `https://goals.example`.',
  },
  records_directory_unusable: {
    title: 'Records directory unusable',
    meaning: 'The worker cannot write to `GOALKEEPER_RECORDS_DIR`.',
    mend: 'Correct the path, or let the user of the worker write there.',
  },
  records_invalid: {
    title: 'Records misconfigured',
    meaning: 'A `GOALKEEPER_RECORDS_…` variable is wrong.',
    mend: 'The message says which form it needs.',
  },
  redact_invalid: {
    title: 'Invalid redaction pattern',
    meaning: 'A pattern of `GOALKEEPER_REDACT` does not parse, matches the empty text, or takes too long.',
    mend: 'The message names the pattern; correct it.',
  },
  schedule_refused: {
    title: 'Schedule refused',
    meaning: 'Temporal refuses a schedule of a goal.',
    mend: "The message has Temporal's reason; correct the schedule.",
  },
  search_attributes_forbidden: {
    title: 'Search attributes missing',
    meaning: 'The namespace lacks search attributes, and this worker may not register them.',
    mend: 'An administrator runs the command in the message.',
  },
  search_attributes_unusable: {
    title: 'Search attributes unusable',
    meaning: 'The namespace has the search attributes, and refuses queries by them.',
    mend: "Look at Temporal's visibility store.",
  },
  secrets_missing: {
    title: 'Secrets missing',
    meaning: 'Jobs name secrets that this worker does not have.',
    mend: 'Set each variable in the message, or its `_FILE`.',
  },
  slots_invalid: {
    title: 'Invalid slots',
    meaning: 'A `GOALKEEPER_SLOTS_…` or `…_TARGET` variable is out of range.',
    mend: 'The message has the range.',
  },
  storage_driver_missing: {
    title: 'Storage driver missing',
    meaning: '`GOALKEEPER_STORAGE` names S3, and its driver is not installed.',
    mend: 'Install the packages in the message.',
  },
  storage_invalid: {
    title: 'Invalid storage',
    meaning: '`GOALKEEPER_STORAGE` or an address of AWS is wrong.',
    mend: 'Set an absolute path that all workers share, or `s3://bucket`.',
  },
  stuck_after_invalid: {
    title: 'Invalid stuck time',
    meaning: '`GOALKEEPER_STUCK_AFTER` is not a duration.',
    mend: 'Set it to a duration such as `60s`.',
  },
  subscriptions_invalid: {
    title: 'Subscriptions misconfigured',
    meaning:
      '`GOALKEEPER_SUBSCRIPTIONS` is not a list of subscriptions to outcomes, or a secret that it names is missing.',
    mend: 'The message names the field, and says which form it needs.',
  },
  team_missing: {
    title: 'Team folder missing',
    meaning: 'No folder is given, or it lacks `goals.ts` or `jobs.ts`.',
    mend: 'Give the folder that holds both.',
  },
  temporal_access_refused: {
    title: 'Access refused',
    meaning: 'The server does not let this process into the namespace.',
    mend: 'Set or renew `TEMPORAL_API_KEY`, or give a client certificate that the server knows.',
  },
  temporal_address_invalid: {
    title: 'Invalid address',
    meaning: '`TEMPORAL_ADDRESS` is not `host:port`.',
    mend: 'Write `host:port` without `http://` and without a user or password.',
  },
  temporal_certificate_incomplete: {
    title: 'Certificate and key do not match',
    meaning: 'A client certificate lacks its key, or the key belongs to another.',
    mend: 'Give the two that belong together.',
  },
  temporal_certificate_unreadable: {
    title: 'Certificate unreadable',
    meaning: 'A certificate or key cannot be read, or is not PEM.',
    mend: 'The message names the variable; correct the path or the file.',
  },
  temporal_certificate_untrusted: {
    title: 'Server certificate untrusted',
    meaning: 'The process does not trust the certificate of the server.',
    mend: 'Set `TEMPORAL_TLS_SERVER_CA_CERT_PATH`, or renew the certificate.',
  },
  temporal_client_certificate_missing: {
    title: 'Client certificate required',
    meaning: 'The server ends the connection as if it required a client certificate.',
    mend: 'Set `TEMPORAL_TLS_CLIENT_CERT_PATH` and `TEMPORAL_TLS_CLIENT_KEY_PATH`.',
  },
  temporal_client_certificate_refused: {
    title: 'Client certificate refused',
    meaning: 'The server refuses the client certificate.',
    mend: 'Give one of a CA that the server trusts, which has not expired.',
  },
  temporal_config_invalid: {
    title: 'Invalid Temporal configuration',
    meaning: "Temporal's file or variables contradict themselves or cannot be parsed.",
    mend: 'The message names the field or variable; correct it.',
  },
  temporal_config_missing: {
    title: 'Temporal configuration missing',
    meaning: 'The file that `TEMPORAL_CONFIG_FILE` names cannot be read.',
    mend: 'Correct the path.',
  },
  temporal_host_mismatch: {
    title: 'Server certificate for another name',
    meaning: 'The certificate of the server does not have the host of the address.',
    mend: 'Set `TEMPORAL_ADDRESS` to that name, or `TEMPORAL_TLS_SERVER_NAME`.',
  },
  temporal_namespace_unknown: {
    title: 'Unknown namespace',
    meaning: 'The server has no such namespace. A worker asks for ten seconds before it says so.',
    mend: 'Set `TEMPORAL_NAMESPACE`, or create it.',
  },
  temporal_profile_unknown: {
    title: 'Unknown profile',
    meaning: 'The configuration file has no such profile.',
    mend: 'Set `TEMPORAL_PROFILE` to one that the file has.',
  },
  temporal_tls_expected: {
    title: 'Server expects TLS',
    meaning: 'The server uses TLS, and this process does not.',
    mend: 'Set `TEMPORAL_TLS=true`.',
  },
  temporal_tls_unexpected: {
    title: 'Server without TLS',
    meaning: 'This process uses TLS, and the server does not.',
    mend: 'Set `TEMPORAL_TLS=false`, or the port that uses TLS.',
  },
  temporal_unreachable: {
    title: 'Temporal unreachable',
    meaning: 'No Temporal server answers at the address.',
    mend: 'Start one, or set `TEMPORAL_ADDRESS`.',
  },
  version_invalid: {
    title: 'Invalid version',
    meaning: '`GOALKEEPER_VERSION` is not a whole number.',
    mend: 'Set a whole number that grows with each deploy.',
  },
  version_differs: {
    title: 'Other code than the version',
    meaning:
      'A run is to be moved to a version, and the folder that should prove that it can go on has other code.',
    mend: 'Give the folder, or the build, that the workers of that version run.',
  },
  version_in_use: {
    title: 'Version in use',
    meaning: 'A version of a deployment is current, or open runs need it.',
    mend: 'Make another current with `goalkeeper versions promote`, or wait until it is drained.',
  },
  version_unknown: {
    title: 'Unknown version',
    meaning: 'Temporal has no such deployment, version or open run of one.',
    mend: 'Take a name from `goalkeeper versions list`.',
  },
  version_unregistered: {
    title: 'Version not taken',
    meaning: 'The worker polls as a version of a deployment, and Temporal does not list that version.',
    mend: 'Remove versions that nothing needs with `goalkeeper versions prune`, or use a server that has worker deployments.',
  },
  version_unserved: {
    title: 'Version without workers',
    meaning: 'No worker of the version polls, so nothing would go on there.',
    mend: 'Start its workers first.',
  },
  versioning_invalid: {
    title: 'Invalid versioning',
    meaning:
      '`GOALKEEPER_VERSIONING` is none of its values, a name is missing, or Temporal cannot take the name.',
    mend: 'The message says which variable to set.',
  },
  zod_twice: {
    title: 'Two copies of zod',
    meaning: "The team's modules and goalkeeper load two copies of zod.",
    mend: 'Install zod once, in the version that goalkeeper names.',
  },
} as const satisfies Record<string, StartCode>;

export type StartProblemCode = keyof typeof startCodes;

// `goalkeeper/gateway`: the gateway as a server of its own, or as an application within another one.

export { type AppOptions, createApp } from './app.ts';
export { type Gateway, type GatewayOptions, startGateway } from './server.ts';
export { type Temporal, temporalAt } from './temporal/temporal.ts';

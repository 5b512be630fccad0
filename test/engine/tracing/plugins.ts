import { Resource } from '@opentelemetry/resources';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import { exporter } from './exporter.ts';

const resource = new Resource({ 'service.name': 'warehouse-worker' });
const spanProcessor = new SimpleSpanProcessor(exporter);
// What carries a trace from a workflow to its jobs is registered for the whole process.
new NodeTracerProvider({ resource, spanProcessors: [spanProcessor] }).register();

export const plugins = [new OpenTelemetryPlugin({ resource, spanProcessor })];

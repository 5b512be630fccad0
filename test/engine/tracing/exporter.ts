import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node';

export const exporter = new InMemorySpanExporter();

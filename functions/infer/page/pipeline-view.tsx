import type { Client } from './client.ts';

export interface PipelineViewProps {
  readonly client: Client;
  readonly onMoved: () => void;
}

export function PipelineView(_: PipelineViewProps) {
  return <p>…</p>;
}

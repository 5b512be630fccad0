export interface Metric {
  name: string;
  type: string;
  labels: string[];
}

/** The metrics that are told at an address, with the labels of their series; a histogram's bounds are none. */
export async function exportedBy(url: string): Promise<Metric[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => {
    const series = new RegExp(`^${name}(?:_bucket|_count|_sum)?\\{(.*)\\} `, 'gm');
    const labels = new Set<string>();
    for (const [, given = ''] of text.matchAll(series))
      for (const [, label = ''] of given.matchAll(/(\w+)="/g)) if (label !== 'le') labels.add(label);
    return { name, type, labels: [...labels] };
  });
}

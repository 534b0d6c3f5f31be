/** What a converted folder has beside train/ and eval/, and what an upload of it brings along. */
export const datasetFiles = { labels: 'labels.csv', config: 'dataset.json' } as const;

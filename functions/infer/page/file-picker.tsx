import { useEffect, useRef, useState } from 'preact/hooks';

export interface FilePickerProps {
  readonly onFile: (file: File) => void;
  readonly busy: boolean;
}

/** A file by its picker, which the keyboard reaches, or dropped anywhere on the page. */
export function FilePicker({ onFile, busy }: FilePickerProps) {
  const [over, setOver] = useState(false);
  const take = useRef(onFile);
  take.current = onFile;
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onDragOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) take.current(file);
    };
    addEventListener('dragover', onDragOver);
    addEventListener('dragleave', onDragLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragover', onDragOver);
      removeEventListener('dragleave', onDragLeave);
      removeEventListener('drop', onDrop);
    };
  }, []);
  return (
    <section class={over ? 'panel drop over' : 'panel drop'} aria-labelledby="file-title">
      <h2 id="file-title">Your own file</h2>
      <p>
        <label for="file">Drop a file anywhere here, or choose one</label>
      </p>
      <input
        id="file"
        type="file"
        accept=".tfrecord,.gz,.zlib,.wav,audio/wav"
        disabled={busy}
        aria-describedby="file-note"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file !== undefined) onFile(file);
          // So that the same file can be chosen again.
          currentTarget.value = '';
        }}
      />
      <p class="note" id="file-note">
        A TFRecord, plain or compressed: tf.SequenceExample or tf.Example with <code>audio_embedding</code>.
        Or a WAV file, where VGGish is in the bucket. Up to 5 MB; it is scored and not kept.
      </p>
    </section>
  );
}

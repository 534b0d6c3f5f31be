"""python notebooks/execute.py [OUTPUT.ipynb]

Runs evaluate.ipynb headless with the environment as it is and writes it, with its outputs, in place or to OUTPUT.
Ends with 1 and the traceback when a cell fails.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

source = Path(__file__).with_name("evaluate.ipynb")
target = Path(sys.argv[1]) if len(sys.argv) > 1 else source
notebook = nbformat.read(source, as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
for cell in notebook.cells:
    # When each cell ran, and on which Python, is nothing that others need; without it a diff shows results alone.
    cell.metadata.pop("execution", None)
notebook.metadata.language_info = {"name": "python"}
nbformat.write(notebook, target)

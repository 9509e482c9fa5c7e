import sys
from pathlib import Path

TOOLS = Path(__file__).parent.parent.parent / "tools"
sys.path.append(str(TOOLS))  # as for the programs there

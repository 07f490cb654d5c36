"""The one extension module; what is declarative stands in pyproject.toml."""

import os
from pathlib import Path

from setuptools import Extension, setup

os.chdir(Path(__file__).resolve().parent)
SOURCES = sorted(str(source) for source in Path("src").glob("*.c"))
HEADERS = sorted(str(header) for header in Path("src").glob("*.h"))

setup(
    ext_modules=[
        Extension(
            "odooops_native",
            sources=SOURCES,
            depends=HEADERS,
            extra_compile_args=["-std=gnu11", "-O2", "-Wall"],
        )
    ]
)

"""The one extension module; what is declarative stands in pyproject.toml."""

from pathlib import Path

from setuptools import Extension, setup

SOURCES = sorted(Path("src").glob("*.c"))

setup(
    ext_modules=[
        Extension(
            "odooops_native",
            sources=[str(source) for source in SOURCES],
            depends=[str(header) for header in Path("src").glob("*.h")],
            extra_compile_args=["-std=gnu11", "-O2", "-Wall"],
        )
    ]
)

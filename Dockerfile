# Debian rather than Alpine: harlake gives memory back through glibc (src/harlake/memory.py).
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/harlake
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN /opt/harlake/bin/pip install --no-cache-dir -c constraints.txt '.[cluster]'

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data harlake \
    && install -d -o harlake -g harlake -m 0700 /data
COPY --from=build /opt/harlake /opt/harlake
ENV PATH=/opt/harlake/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HARLAKE_HOST=0.0.0.0 \
    HARLAKE_PORT=8889 \
    HARLAKE_DATA_DIR=/data
USER 10001
VOLUME /data
EXPOSE 8889
# Answers 200 when the process does, and needs no token. There is no curl in the image.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['HARLAKE_PORT']}/api/health/live\", timeout=4)"]
ENTRYPOINT ["harlake"]
CMD ["serve"]

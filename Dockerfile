# What an installation of claimbot needs, and nothing that built or tests it.
#
#   docker build --tag claimbot .
#   docker run --publish 8000:8000 --volume claimbot:/data --env CLAIMBOT_TELEGRAM_TOKEN claimbot

FROM python:3.11.15-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /build

# A wheel gets into /wheels only if its hash is the locked one; what is installed comes from there.
COPY requirements.txt .
RUN python -m venv tools \
 && tools/bin/pip wheel --require-hashes --no-deps --wheel-dir /wheels --requirement requirements.txt \
 && tools/bin/pip install --no-index --find-links /wheels hatchling

COPY pyproject.toml README.md ./
COPY claimbot claimbot
COPY fixtures fixtures
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/claimbot \
 && tools/bin/pip --python /opt/claimbot/bin/python install --no-index --find-links /wheels "claimbot[postgresql,s3,amqp,nats,redis]"


FROM python:3.11.15-slim-bookworm
RUN useradd --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin claimbot \
 && install --directory --owner=claimbot --group=claimbot --mode=0700 /data
COPY --from=build /opt/claimbot /opt/claimbot

ENV PATH=/opt/claimbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CLAIMBOT_DATABASE=sqlite:////data/claimbot.db \
    CLAIMBOT_PHOTOS=file:/data/photos
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000

HEALTHCHECK --start-period=20s --interval=30s --timeout=5s \
    CMD ["python", "-c", "from http.client import HTTPConnection as To; c = To('127.0.0.1', 8000, timeout=4); c.request('GET', '/livez'); raise SystemExit(c.getresponse().status != 200)"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["claimbot"]
CMD ["serve", "--host", "0.0.0.0"]

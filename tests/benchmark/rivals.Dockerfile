# What somebody would install without this project, to compare with: on amd64, where a benchmark runs natively. The
# context is images/, with the frameworks' locks.

FROM debian:bookworm-20250520-slim AS wheel
RUN apt-get -qq update && apt-get -qq install --no-install-recommends python3-venv
ARG FRAMEWORK
COPY opencv/requirements.lock /opencv.lock
COPY $FRAMEWORK/requirements.lock /
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
    && python3 -m venv /venv \
    && /venv/bin/pip install --quiet --no-cache-dir --no-deps --require-hashes --requirement /opencv.lock --requirement /requirements.lock
ENV PATH=/venv/bin:$PATH

FROM debian:bullseye-20250520-slim AS debian
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends \
      libblas3 \
      python3-caffe \
      python3-protobuf \
      python3-torch

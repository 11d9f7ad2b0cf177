# Images of the parts, each with its extra of setup.cfg and the one lock. From the repository's root:
#   docker build --target web -t recsys-web:0.1.0 .
#   docker build --target encoder -t recsys-encoder:0.1.0 .
#   docker build --target airflow --build-arg RECSYS_GIT_COMMIT=$(git rev-parse HEAD) -t recsys-airflow:0.1.0 .
FROM python:3.11-slim-bookworm AS web
WORKDIR /opt/recsys
COPY constraints.txt pyproject.toml setup.cfg README.md LICENSE ./
COPY recsys_core recsys_core
COPY spark_jobs spark_jobs
RUN pip install --no-cache-dir -c constraints.txt ".[web,s3]" && useradd --uid 10001 --create-home recsys
COPY django_site django_site
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--config", "django_site/gunicorn.conf.py", "config.wsgi"]

FROM python:3.11-slim-bookworm AS encoder
WORKDIR /opt/recsys
COPY constraints.txt pyproject.toml setup.cfg README.md LICENSE ./
COPY recsys_core recsys_core
COPY spark_jobs spark_jobs
RUN pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' constraints.txt)" \
    && pip install --no-cache-dir -c constraints.txt ".[image]" && useradd --uid 10001 --create-home recsys
USER 10001
EXPOSE 8500
CMD ["recsys", "serve-encoder", "--host", "0.0.0.0", "--port", "8500"]

FROM apache/airflow:3.3.2-python3.11 AS airflow
USER 0
# Debian keeps only the newest version of a package: a pinned one cannot be installed after its next update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless libgomp1 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/recsys
COPY constraints.txt pyproject.toml setup.cfg README.md LICENSE ./
COPY recsys_core recsys_core
COPY spark_jobs spark_jobs
# recsys_core/shipped is a link to it: the gate's file and the configurations that are compared.
COPY mlflow mlflow
# The base image's user airflow.
USER 50000:0
RUN pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' constraints.txt)" \
    && pip install --no-cache-dir -c constraints.txt ".[spark,train,image,airflow,s3]"
COPY dags dags
COPY plugins plugins
# Releases and models name the commit that made them; an image has no checkout.
ARG RECSYS_GIT_COMMIT=""
ENV RECSYS_GIT_COMMIT=${RECSYS_GIT_COMMIT}

# Images of the parts, each with its extra of setup.cfg and the one lock. From the repository's root:
#   docker build --target web -t recsys-web:0.1.0 .
#   docker build --target airflow -t recsys-airflow:0.1.0 .
FROM python:3.11-slim-bookworm AS web
WORKDIR /opt/recsys
COPY constraints.txt pyproject.toml setup.cfg README.md LICENSE ./
COPY recsys_core recsys_core
COPY spark_jobs spark_jobs
RUN pip install --no-cache-dir -c constraints.txt ".[web]" && useradd --uid 10001 --create-home recsys
COPY django_site django_site
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--config", "django_site/gunicorn.conf.py", "config.wsgi"]

FROM apache/airflow:3.3.2-python3.11 AS airflow
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless libgomp1 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/recsys
COPY constraints.txt pyproject.toml setup.cfg README.md LICENSE ./
COPY recsys_core recsys_core
COPY spark_jobs spark_jobs
USER airflow
RUN pip install --no-cache-dir -c constraints.txt ".[spark,train,airflow]"
COPY dags dags
COPY plugins plugins

"""Operations console: pages about the platform's own outputs inside Airflow's user interface."""

-- For each service a role that owns its schema and can see nothing else. Run by a superuser in the database fiyatradari;
-- changes nothing that is there already. Passwords are set elsewhere: nobody can log in before.
REVOKE ALL ON DATABASE fiyatradari FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
DO $$
DECLARE
  service text;
BEGIN
  FOREACH service IN ARRAY ARRAY['catalog', 'pricing', 'notifier', 'edge'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', service);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE fiyatradari TO %I', service);
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service);
    EXECUTE format('ALTER ROLE %I IN DATABASE fiyatradari SET search_path = %I', service, service);
  END LOOP;
  -- Reads statistics, and no table.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitoring') THEN
    CREATE ROLE monitoring LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
  END IF;
  GRANT pg_monitor TO monitoring;
  GRANT CONNECT ON DATABASE fiyatradari TO monitoring;
END
$$;

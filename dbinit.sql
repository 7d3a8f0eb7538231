-- The schema of MovR on a CockroachDB cluster that spans the regions. Written by
--   flask --app server schema
-- out of movr/models.py and movr/regions.py: change those, not this file.
-- To be run once on a new cluster (cockroach sql --file dbinit.sql); a second time changes nothing.
-- A database that is there already is brought to this version by `flask --app server upgrade-db`.
-- Nodes need --locality=region=... with the names of the regions below.

CREATE DATABASE IF NOT EXISTS movr
  PRIMARY REGION "gcp-us-east1" REGIONS "gcp-us-west1", "gcp-europe-west1";

USE movr;

CREATE TABLE IF NOT EXISTS alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- The revision that a new database is of; one that has tables already is left to upgrade-db.
INSERT INTO alembic_version (version_num)
  SELECT '0016' WHERE NOT EXISTS (SELECT 1 FROM alembic_version) AND NOT EXISTS (
    SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'users'
  );

CREATE TABLE IF NOT EXISTS users (
	city VARCHAR(32) NOT NULL,
	id UUID NOT NULL,
	first_name VARCHAR(64),
	last_name VARCHAR(64),
	email VARCHAR(254),
	username VARCHAR(32),
	password_hash VARCHAR(255),
	is_owner BOOLEAN NOT NULL,
	active_ride_city VARCHAR(32),
	active_ride_id UUID,
	session_epoch INTEGER NOT NULL,
	sessions VARCHAR(1060) DEFAULT '' NOT NULL,
	confirmed_hash VARCHAR(32),
	reset_hash VARCHAR(64),
	reset_epoch INTEGER,
	reset_until TIMESTAMP WITH TIME ZONE,
	ride_count INTEGER DEFAULT 0 NOT NULL,
	time_ridden BIGINT DEFAULT 0 NOT NULL,
	ridden_in VARCHAR(2000) DEFAULT '' NOT NULL,
	rides_noted INTEGER DEFAULT 0 NOT NULL,
	reserved_city VARCHAR(32),
	reserved_vehicle_id UUID,
	reserved_until TIMESTAMP WITH TIME ZONE,
	region crdb_internal_region AS (CASE WHEN city IN ('new york', 'boston', 'washington dc') THEN 'gcp-us-east1' WHEN city IN ('san francisco', 'seattle', 'los angeles') THEN 'gcp-us-west1' WHEN city IN ('amsterdam', 'paris', 'rome') THEN 'gcp-europe-west1' END) STORED NOT NULL,
	CONSTRAINT pk_users PRIMARY KEY (city, id),
	CONSTRAINT ck_users_active_ride CHECK ((active_ride_city IS NULL) = (active_ride_id IS NULL)),
	CONSTRAINT ck_users_open_or_closed CHECK ((username IS NULL) = (password_hash IS NULL) AND (username IS NULL) = (first_name IS NULL) AND (username IS NULL) = (last_name IS NULL) AND (username IS NULL) = (email IS NULL) AND (username IS NOT NULL OR active_ride_id IS NULL)),
	CONSTRAINT uq_users_username UNIQUE (username)
) LOCALITY REGIONAL BY ROW AS region;

CREATE INDEX IF NOT EXISTS ix_users_list ON users (city, username) WHERE username IS NOT NULL;

CREATE TABLE IF NOT EXISTS mails (
	city VARCHAR(32) NOT NULL,
	id UUID NOT NULL,
	user_id UUID NOT NULL,
	kind VARCHAR(16) NOT NULL,
	language VARCHAR(16) NOT NULL,
	created_time TIMESTAMP WITH TIME ZONE NOT NULL,
	due_time TIMESTAMP WITH TIME ZONE NOT NULL,
	attempts INTEGER DEFAULT 0 NOT NULL,
	to_address VARCHAR(254),
	region crdb_internal_region AS (CASE WHEN city IN ('new york', 'boston', 'washington dc') THEN 'gcp-us-east1' WHEN city IN ('san francisco', 'seattle', 'los angeles') THEN 'gcp-us-west1' WHEN city IN ('amsterdam', 'paris', 'rome') THEN 'gcp-europe-west1' END) STORED NOT NULL,
	CONSTRAINT pk_mails PRIMARY KEY (city, id),
	CONSTRAINT fk_mails_city_user_id FOREIGN KEY(city, user_id) REFERENCES users (city, id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE INDEX IF NOT EXISTS ix_mails_due ON mails (city, due_time, id);

CREATE INDEX IF NOT EXISTS ix_mails_of_user ON mails (city, user_id);

CREATE TABLE IF NOT EXISTS vehicles (
	city VARCHAR(32) NOT NULL,
	id UUID NOT NULL,
	type VARCHAR(16) NOT NULL,
	owner_id UUID NOT NULL,
	date_added TIMESTAMP WITH TIME ZONE NOT NULL,
	status VARCHAR(16) NOT NULL,
	last_location VARCHAR(120) NOT NULL,
	latitude FLOAT,
	longitude FLOAT,
	color VARCHAR(64) NOT NULL,
	brand VARCHAR(64) NOT NULL,
	number VARCHAR(8),
	paused_since TIMESTAMP WITH TIME ZONE,
	reserver_city VARCHAR(32),
	reserver_id UUID,
	reserved_until TIMESTAMP WITH TIME ZONE,
	problem_since TIMESTAMP WITH TIME ZONE,
	cell BIGINT,
	ride_count INTEGER DEFAULT 0 NOT NULL,
	time_ridden BIGINT DEFAULT 0 NOT NULL,
	region crdb_internal_region AS (CASE WHEN city IN ('new york', 'boston', 'washington dc') THEN 'gcp-us-east1' WHEN city IN ('san francisco', 'seattle', 'los angeles') THEN 'gcp-us-west1' WHEN city IN ('amsterdam', 'paris', 'rome') THEN 'gcp-europe-west1' END) STORED NOT NULL,
	CONSTRAINT pk_vehicles PRIMARY KEY (city, id),
	CONSTRAINT ck_vehicles_coordinates CHECK ((latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (cell IS NULL) AND (latitude IS NULL OR latitude BETWEEN -90 AND 90) AND (longitude IS NULL OR longitude BETWEEN -180 AND 180)),
	CONSTRAINT ck_vehicles_status CHECK (status IN ('available', 'unavailable', 'removed')),
	CONSTRAINT ck_vehicles_type CHECK (type IN ('bike', 'scooter', 'skateboard')),
	CONSTRAINT fk_vehicles_city_owner_id FOREIGN KEY(city, owner_id) REFERENCES users (city, id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE INDEX IF NOT EXISTS ix_vehicles_cells ON vehicles (city, cell, id) WHERE status != 'removed';

CREATE INDEX IF NOT EXISTS ix_vehicles_list ON vehicles (city, status, id) WHERE status != 'removed';

CREATE INDEX IF NOT EXISTS ix_vehicles_list_of_owner ON vehicles (city, owner_id, id) WHERE status != 'removed';

CREATE INDEX IF NOT EXISTS ix_vehicles_list_of_type ON vehicles (city, type, status, id) WHERE status != 'removed';

CREATE INDEX IF NOT EXISTS ix_vehicles_paused ON vehicles (city, owner_id, id) WHERE paused_since IS NOT NULL;

CREATE UNIQUE INDEX IF NOT EXISTS uq_vehicles_number ON vehicles (city, number);

CREATE TABLE IF NOT EXISTS problems (
	city VARCHAR(32) NOT NULL,
	id UUID NOT NULL,
	vehicle_id UUID NOT NULL,
	rider_city VARCHAR(32) NOT NULL,
	rider_id UUID NOT NULL,
	kind VARCHAR(16) NOT NULL,
	words VARCHAR(400) NOT NULL,
	reported_time TIMESTAMP WITH TIME ZONE NOT NULL,
	resolved_time TIMESTAMP WITH TIME ZONE,
	region crdb_internal_region AS (CASE WHEN city IN ('new york', 'boston', 'washington dc') THEN 'gcp-us-east1' WHEN city IN ('san francisco', 'seattle', 'los angeles') THEN 'gcp-us-west1' WHEN city IN ('amsterdam', 'paris', 'rome') THEN 'gcp-europe-west1' END) STORED NOT NULL,
	CONSTRAINT pk_problems PRIMARY KEY (city, id),
	CONSTRAINT ck_problems_kind CHECK (kind IN ('flat tyre', 'brakes', 'lock', 'missing', 'other')),
	CONSTRAINT fk_problems_city_vehicle_id FOREIGN KEY(city, vehicle_id) REFERENCES vehicles (city, id),
	CONSTRAINT fk_problems_rider_city_rider_id FOREIGN KEY(rider_city, rider_id) REFERENCES users (city, id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE UNIQUE INDEX IF NOT EXISTS uq_problems_open ON problems (city, vehicle_id, rider_city, rider_id, kind) WHERE resolved_time IS NULL;

CREATE TABLE IF NOT EXISTS rides (
	city VARCHAR(32) NOT NULL,
	id UUID NOT NULL,
	rider_city VARCHAR(32) NOT NULL,
	rider_id UUID NOT NULL,
	vehicle_id UUID NOT NULL,
	start_location VARCHAR(120) NOT NULL,
	end_location VARCHAR(120),
	start_time TIMESTAMP WITH TIME ZONE NOT NULL,
	end_time TIMESTAMP WITH TIME ZONE,
	length INTERVAL,
	cancelled BOOLEAN DEFAULT false NOT NULL,
	start_latitude FLOAT,
	start_longitude FLOAT,
	end_latitude FLOAT,
	end_longitude FLOAT,
	note_in VARCHAR(16),
	region crdb_internal_region AS (CASE WHEN city IN ('new york', 'boston', 'washington dc') THEN 'gcp-us-east1' WHEN city IN ('san francisco', 'seattle', 'los angeles') THEN 'gcp-us-west1' WHEN city IN ('amsterdam', 'paris', 'rome') THEN 'gcp-europe-west1' END) STORED NOT NULL,
	CONSTRAINT pk_rides PRIMARY KEY (city, id),
	CONSTRAINT ck_rides_points CHECK ((start_latitude IS NULL) = (start_longitude IS NULL) AND (end_latitude IS NULL) = (end_longitude IS NULL) AND (end_latitude IS NULL OR end_time IS NOT NULL) AND (start_latitude IS NULL OR start_latitude BETWEEN -90 AND 90) AND (start_longitude IS NULL OR start_longitude BETWEEN -180 AND 180) AND (end_latitude IS NULL OR end_latitude BETWEEN -90 AND 90) AND (end_longitude IS NULL OR end_longitude BETWEEN -180 AND 180)),
	CONSTRAINT ck_rides_running_or_ended CHECK ((end_time IS NULL) = (end_location IS NULL) AND (end_time IS NULL) = (length IS NULL) AND (end_time IS NULL OR end_time >= start_time)),
	CONSTRAINT fk_rides_city_vehicle_id FOREIGN KEY(city, vehicle_id) REFERENCES vehicles (city, id),
	CONSTRAINT fk_rides_rider_city_rider_id FOREIGN KEY(rider_city, rider_id) REFERENCES users (city, id)
) LOCALITY REGIONAL BY ROW AS region;

CREATE INDEX IF NOT EXISTS ix_rides_list ON rides (city, rider_city, rider_id, start_time, id) WHERE end_time IS NOT NULL;

CREATE INDEX IF NOT EXISTS ix_rides_of_vehicle ON rides (city, vehicle_id, start_time, id) WHERE end_time IS NOT NULL;

CREATE UNIQUE INDEX IF NOT EXISTS uq_rides_running ON rides (city, vehicle_id) WHERE end_time IS NULL;

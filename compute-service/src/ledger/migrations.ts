import { type Kysely, type Migration, sql } from 'kysely'

/** The ledger's schema, step by step. */
export const ledgerMigrations: Record<string, Migration> = {
  '001_jobs': {
    async up(db: Kysely<unknown>) {
      await sql`
        create table jobs (
          id uuid primary key default gen_random_uuid(),
          number integer generated always as identity unique,
          kind text not null,
          input json not null,
          owner text not null,
          idempotency_key text,
          input_hash bytea not null,
          status text not null default 'QUEUED'
            check (status in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
          attempt integer not null default 0,
          max_attempts integer not null check (max_attempts > 0),
          progress json,
          result json,
          error json,
          dead_lettered boolean not null default false,
          cancel_requested boolean not null default false,
          seq integer not null default 1,
          submitted_at timestamptz not null default clock_timestamp(),
          started_at timestamptz,
          finished_at timestamptz,
          updated_at timestamptz not null default clock_timestamp(),
          next_run_at timestamptz not null default clock_timestamp(),
          lease_until timestamptz,
          resends integer not null default 0,
          resent_at timestamptz,
          unique (owner, idempotency_key),
          check ((status = 'RUNNING') = (lease_until is not null)),
          check ((status in ('SUCCEEDED', 'FAILED', 'CANCELLED')) = (finished_at is not null))
        )`.execute(db)
      // Heartbeats and progress touch no indexed column, so that they stay cheap (heap-only updates).
      await sql`create index jobs_of_owner on jobs (owner, number desc)`.execute(db)
      await sql`create index jobs_queued on jobs (next_run_at) where status = 'QUEUED'`.execute(db)
      await sql`create index jobs_running on jobs (id) where status = 'RUNNING'`.execute(db)
      await sql`
        create table job_events (
          job_id uuid not null references jobs (id) on delete cascade,
          seq integer not null,
          at timestamptz not null,
          snapshot json not null,
          primary key (job_id, seq)
        )`.execute(db)
    },
  },
  '002_order_of_claims': {
    async up(db: Kysely<unknown>) {
      await sql`alter table jobs add column priority integer not null default 0`.execute(db)
      await sql`drop index jobs_queued`.execute(db)
      // In the order in which they are claimed.
      await sql`create index jobs_queued on jobs (priority desc, next_run_at) where status = 'QUEUED'`.execute(db)
      await sql`create table job_kind_starts (kind text primary key, next_at timestamptz not null)`.execute(db)
    },
  },
  '003_chores': {
    async up(db: Kysely<unknown>) {
      await sql`create table job_chores (chore text primary key, taken_at timestamptz not null)`.execute(db)
      await sql`insert into job_chores values ('requeue', '-infinity'), ('resend', '-infinity'), ('expire', '-infinity')`.execute(
        db,
      )
    },
  },
  '004_results': {
    async up(db: Kysely<unknown>) {
      // Set where the result lies in the result store instead of in `result`, under the attempt that succeeded.
      await sql`alter table jobs add column result_bytes integer, add column result_sha256 text`.execute(db)
      await sql`create index jobs_finished on jobs (finished_at) where finished_at is not null`.execute(db)
    },
  },
  '005_files': {
    async up(db: Kysely<unknown>) {
      // Set before an attempt puts its first file into the result store, so that whoever removes the job knows to look there.
      await sql`alter table jobs add column has_files boolean not null default false`.execute(db)
      await sql`update jobs set has_files = true where result_bytes is not null`.execute(db)
    },
  },
  '006_task_files': {
    async up(db: Kysely<unknown>) {
      // What the task of the attempt that succeeded has handed over besides its result.
      await sql`alter table jobs add column files json`.execute(db)
    },
  },
  '007_functions': {
    async up(db: Kysely<unknown>) {
      // The newest attempt is in the hands of a function that reports by callback: its lease is as long as it may be silent.
      await sql`alter table jobs add column handed_over boolean not null default false`.execute(db)
    },
  },
  '008_webhooks': {
    async up(db: Kysely<unknown>) {
      // `webhook_next_at` is when it is to be sent once the job has ended, and while it is being sent, the end of the sender's lease.
      await sql`
        alter table jobs add column webhook_url text,
          add column webhook_status text check (webhook_status in ('PENDING', 'DELIVERED', 'FAILED')),
          add column webhook_next_at timestamptz,
          add column webhook_tries integer not null default 0,
          add check ((webhook_url is null) = (webhook_status is null))`.execute(db)
      await sql`
        create index jobs_webhook_due on jobs (webhook_next_at)
        where webhook_status = 'PENDING' and finished_at is not null`.execute(db)
      await sql`
        create table job_webhook_attempts (
          job_id uuid not null references jobs (id) on delete cascade,
          number integer not null,
          at timestamptz not null,
          status integer,
          error text,
          primary key (job_id, number)
        )`.execute(db)
    },
  },
  '009_choose_job': {
    async up(db: Kysely<unknown>) {
      // The owners that have as many jobs running as they may; none where `per_owner` is null.
      await sql`
        create function full_owners(per_owner integer) returns setof text language sql stable as $$
          select owner from jobs where status = 'RUNNING' group by owner having count(*) >= per_owner
        $$`.execute(db)
      // Of the kinds that have limits, one position of the arrays each, those of which none may start now.
      await sql`
        create function full_kinds(kinds text[], concurrencies integer[], every_ms float8[])
        returns setof text language sql stable as $$
          select limits.kind from unnest(kinds, concurrencies, every_ms) as limits (kind, concurrency, every_ms)
          where (select count(*) from jobs where status = 'RUNNING' and jobs.kind = limits.kind) >= limits.concurrency
            or limits.every_ms is not null and exists (
              select from job_kind_starts starts where starts.kind = limits.kind and starts.next_at > clock_timestamp())
        $$`.execute(db)
      // The job to claim next, locked until the transaction's end; null where there is none, an id that is none's where others have just taken
      // the last place of its owner or kind.
      await sql`
        create function choose_job(per_owner integer, kinds text[], concurrencies integer[], every_ms float8[])
        returns uuid language plpgsql
        -- A plan made while the table was small would sort whatever is queued: the index has it in order.
        set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off as $$
        declare
          candidate record;
        begin
          select id, owner, kind into candidate from jobs
            where status = 'QUEUED' and next_run_at <= clock_timestamp()
              and owner <> all(array(select * from full_owners(per_owner)))
              and kind <> all(array(select * from full_kinds(kinds, concurrencies, every_ms)))
            order by priority desc, next_run_at limit 1 for update skip locked;
          if not found then
            return null;
          end if;
          -- The owner's lock before the kind's: all take them in this order.
          if per_owner is not null then
            perform pg_advisory_xact_lock(7261105, hashtext(candidate.owner));
          end if;
          if candidate.kind = any(kinds) then
            perform pg_advisory_xact_lock(7261106, hashtext(candidate.kind));
          end if;
          -- Statements of their own, so that they see what those who held the locks before have committed.
          if candidate.owner = any(array(select * from full_owners(per_owner)))
            or candidate.kind = any(array(select * from full_kinds(kinds, concurrencies, every_ms))) then
            return '00000000-0000-0000-0000-000000000000';
          end if;
          -- Starts of a kind with a rate are evenly spaced: the next one is due one interval after this one.
          insert into job_kind_starts (kind, next_at)
            select limits.kind, clock_timestamp() + limits.every_ms * interval '1 millisecond'
            from unnest(kinds, every_ms) as limits (kind, every_ms)
            where limits.kind = candidate.kind and limits.every_ms is not null
            on conflict (kind) do update set next_at = excluded.next_at;
          return candidate.id;
        end
        $$`.execute(db)
    },
  },
  '010_deadlines': {
    async up(db: Kysely<unknown>) {
      await sql`alter table jobs add column deadline_at timestamptz`.execute(db)
      await sql`create index jobs_deadline on jobs (deadline_at) where finished_at is null and deadline_at is not null`.execute(
        db,
      )
    },
  },
  '011_plans_of_choose_job': {
    async up(db: Kysely<unknown>) {
      // Its statements are the same whatever its arguments are, and planning them anew each time cost eight times as much as they do.
      await sql`
        alter function choose_job(integer, text[], integer[], float8[]) set plan_cache_mode = force_generic_plan`.execute(
        db,
      )
    },
  },
  '012_turns': {
    async up(db: Kysely<unknown>) {
      await sql`create index jobs_turns on jobs (priority, owner, next_run_at) where status = 'QUEUED'`.execute(db)
      // Another `choose_job` beside the one of '009_choose_job', which workers of before go on with. In this one owners take turns, and a kind with a rate makes up for
      // starts that are late.
      await sql`
        create function choose_job(
          per_owner integer, kinds text[], concurrencies integer[], every_ms float8[], late_ms float8[], last_owner text)
        returns uuid language plpgsql
        -- A plan made while the table was small would sort whatever is queued: the indexes have it in order.
        set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
        declare
          candidate record;
          head record;
          top integer;
          owners text[];
          counts integer[];
          full_now text[] = array(select * from full_owners(per_owner));
          blocked text[] = array(select * from full_kinds(kinds, concurrencies, every_ms));
          here text;
          best text;
          best_count integer;
          running integer;
          has_wrapped boolean;
          is_cut_short boolean = false;
          has_seen_all boolean = false;
          pace interval;
          late interval;
        begin
          select array_agg(owner), array_agg(jobs_running) into owners, counts
            from (select owner, count(*)::integer as jobs_running from jobs where status = 'RUNNING' group by owner) as by_owner;
          -- Looks at a few priorities, and at a few owners of each.
          for round in 1 .. 4 loop
            select priority into top from jobs
              where status = 'QUEUED' and next_run_at <= clock_timestamp() and priority < coalesce(top, 1000)
              order by priority desc, next_run_at limit 1;
            if not found then
              has_seen_all = true;
              exit;
            end if;
            here = coalesce(last_owner, '');
            has_wrapped = last_owner is null;
            -- Around the circle of owners, behind the one whose turn was last: of those who have fewest running, the first.
            for step in 1 .. 16 loop
              select owner, kind, next_run_at into head from jobs
                where status = 'QUEUED' and priority = top and owner > here order by owner, next_run_at limit 1;
              if not found then
                exit when has_wrapped;
                has_wrapped = true;
                here = '';
                continue;
              end if;
              here = head.owner;
              running = coalesce(counts[array_position(owners, here)], 0);
              if head.next_run_at <= clock_timestamp() and here <> all(full_now) then
                if head.kind = any(blocked) then
                  -- Those behind it may be of other kinds.
                  is_cut_short = true;
                elsif best is null or running < best_count then
                  best = here;
                  best_count = running;
                end if;
              end if;
              exit when best_count = 0 or has_wrapped and here >= last_owner;
              is_cut_short = is_cut_short or step = 16;
            end loop;
            -- Of one priority a job may have been passed over that comes before all of a lower one.
            exit when best is not null or is_cut_short;
          end loop;
          if has_seen_all then
            return null;
          end if;
          if best is not null then
            select id, owner, kind into candidate from jobs
              where status = 'QUEUED' and priority = top and owner = best and next_run_at <= clock_timestamp() and kind <> all(blocked)
              order by next_run_at limit 1 for update skip locked;
          end if;
          -- Where it was not found nearby, or others are about to take all that this one has: what is due for longest, whoever has it. This reads through all that
          -- may not run.
          if best is null or not found then
            select id, owner, kind into candidate from jobs
              where status = 'QUEUED' and next_run_at <= clock_timestamp() and owner <> all(full_now) and kind <> all(blocked)
              order by priority desc, next_run_at limit 1 for update skip locked;
            if not found then
              return null;
            end if;
          end if;
          -- The owner's lock before the kind's: all take them in this order.
          if per_owner is not null then
            perform pg_advisory_xact_lock(7261105, hashtext(candidate.owner));
          end if;
          if candidate.kind = any(kinds) then
            perform pg_advisory_xact_lock(7261106, hashtext(candidate.kind));
          end if;
          -- Statements of their own, so that they see what those who held the locks before have committed.
          if candidate.owner = any(array(select * from full_owners(per_owner)))
            or candidate.kind = any(array(select * from full_kinds(kinds, concurrencies, every_ms))) then
            return '00000000-0000-0000-0000-000000000000';
          end if;
          select limits.every_ms * interval '1 millisecond', limits.late_ms * interval '1 millisecond' into pace, late
            from unnest(kinds, every_ms, late_ms) as limits (kind, every_ms, late_ms) where limits.kind = candidate.kind;
          if pace is not null then
            -- The next one is due one interval after this one was, rather than after it came: what is late does not make the next ones later.
            insert into job_kind_starts as starts (kind, next_at) values (candidate.kind, clock_timestamp() + pace)
              on conflict (kind) do update set next_at = greatest(starts.next_at + pace, excluded.next_at - late);
          end if;
          return candidate.id;
        end
        $$`.execute(db)
    },
  },
}

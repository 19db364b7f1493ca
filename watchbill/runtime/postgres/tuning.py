"""The settings of the embedded PostgreSQL: a small machine, a small hot queue, and nothing acknowledged ever lost."""

from collections.abc import Mapping

from watchbill.runtime.postgres.errors import PostgresError

SETTINGS: Mapping[str, str] = {
    # -- an acknowledged alert survives a power cut: the defaults, said aloud because the promise hangs on them
    "fsync": "on",  # a commit that is not on the disk is not a commit
    "synchronous_commit": "on",  # the 2xx goes out only after the WAL is flushed
    "full_page_writes": "on",  # a page torn by a power cut is repaired from the WAL
    # -- memory: the whole product has 220 MB while idle
    "shared_buffers": "128MB",  # holds the hot tables of a large team; pages count only once they are touched
    "huge_pages": "off",  # 'try' would reserve the 128 MB at once where huge pages are configured
    "work_mem": "4MB",  # lists are short and bounded; sorting more than this is an analytics page, and may spill
    "maintenance_work_mem": "32MB",  # index builds of migrations; VACUUM of hot tables needs far less
    "max_connections": "60",  # pools of a node plus migrations, a CLI and a backup; each slot costs shared memory
    # -- processes: each idle one costs 1 to 3 MB
    "io_method": "sync",  # 'worker', the default, keeps three more processes for reads our cache already answers
    "max_logical_replication_workers": "0",  # nobody subscribes to anything, so no launcher process
    "max_parallel_workers_per_gather": "0",  # on two cores a parallel plan takes the core that commits alerts
    "max_parallel_maintenance_workers": "0",  # the same for index builds; also keeps /dev/shm of a container small
    "jit": "off",  # compiling costs more than any of our queries takes
    # -- WAL: a new 16 MB segment stalls every commit while it is written, so old ones are kept and reused
    "wal_level": "replica",  # pg_basebackup and point-in-time restore need it; 'minimal' would save nothing we do
    "max_wal_senders": "4",  # one base backup takes two; the rest is for a replica
    "max_replication_slots": "4",  # as many as there are senders to use them
    "min_wal_size": "1GB",  # this much is recycled instead of deleted
    "max_wal_size": "2GB",  # a storm fills less than this between two timed checkpoints, so none is forced
    "wal_buffers": "16MB",  # one segment: a burst of large commits never waits for a flush of somebody else's
    "wal_compression": "off",  # the wheel is built without lz4 and zstd, and pglz costs more CPU than it saves disk
    "checkpoint_timeout": "5min",  # bounds crash recovery to seconds at our write rates
    "checkpoint_completion_target": "0.9",  # spreads a checkpoint's writes so that commits next to it stay quick
    # -- plans
    "random_page_cost": "1.1",  # SSD or cache; with 4.0 the planner would scan where an index is right there
    # -- the hot tables (pages, wake-ups) stay small while every row is updated several times
    "autovacuum_max_workers": "2",  # two cores
    "autovacuum_naptime": "10s",  # a queue table bloats within a minute of a storm
    "autovacuum_vacuum_scale_factor": "0.05",  # of a growing table; small tables are governed by the threshold
    "autovacuum_vacuum_threshold": "200",  # dead rows, so that a hot table of 500 rows is cleaned early
    "autovacuum_analyze_scale_factor": "0.05",  # fresh statistics: a storm changes what is selective
    "autovacuum_analyze_threshold": "200",
    "autovacuum_vacuum_cost_limit": "1000",  # finish quickly; slow vacuums are what lets a queue bloat
    # -- nobody may hold a row or a snapshot for long
    "idle_in_transaction_session_timeout": "10s",  # one forgotten transaction stops every VACUUM behind it
    # -- time and text are the same on every machine
    "timezone": "UTC",
    "log_timezone": "UTC",
    "client_encoding": "UTF8",
    # -- the log is read by people when something is wrong, and must not fill the disk
    "log_destination": "stderr",  # into a file we open; `log.py` keeps it within its bound
    "logging_collector": "off",  # it would be one more process
    "log_line_prefix": "%m [%p] %q%u@%d %a: ",  # when, which process, and who if it is a session
    "log_checkpoints": "off",  # a line every five minutes that nobody acts on
    "log_min_duration_statement": "1s",  # a second is slow for everything we do
    "log_lock_waits": "on",  # a lock held longer than a second is a bug of ours
    "log_autovacuum_min_duration": "10s",
    "cluster_name": "watchbill",  # what `ps` shows
}

RESERVED = frozenset(
    {"listen_addresses", "unix_socket_directories", "unix_socket_permissions", "port", "data_directory"}
)
"""Where the server listens and lives is this room's promise (a socket in a 0700 folder), not a matter of taste."""


def settings_with(changes: Mapping[str, str]) -> dict[str, str]:
    """The settings above with `changes` on top. Raises `PostgresError` for one of `RESERVED`."""
    refused = sorted(RESERVED & {name.lower() for name in changes})
    if refused:
        raise PostgresError(
            f"The embedded PostgreSQL does not let {', '.join(refused)} be changed: it listens on its own socket only.",
            remedy="To reach PostgreSQL over the network, run one of your own and give Watchbill its URL.",
        )
    return {**SETTINGS, **changes}

from frp.interfaces import IDirectoryKind
from frp.plugin import Contribution

memory = Contribution(IDirectoryKind, "memory", "a server alone", "frp.directories.memory.MemoryKind")
redis = Contribution(IDirectoryKind, "redis", "Redis, or Valkey", "frp.directories.redis.kind.Redis")
rediss = Contribution(IDirectoryKind, "rediss", "the same over TLS", "frp.directories.redis.kind.Redis")
sentinel = Contribution(
    IDirectoryKind, "redis+sentinel", "the Redis that sentinels name", "frp.directories.redis.kind.Redis"
)

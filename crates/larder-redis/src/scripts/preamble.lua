-- Before every script on a key: the preamble, which scripts alone write.
local VALUE, MARKER, TOMBSTONE, NO_SHARE = 1, 2, 3, 4
local MARK_NO_SHARE, MARK_FAILED = 1, 2
local LAYOUT = '<BBBBBI3I8c8I8I8I8I8'
local LENGTH = 56
local NO_TOKEN = string.rep('\0', 8)
local MOST_KEEP = 16777215

local function nothing()
  return { kind = 0, mark = 0, keep = 0, version = 0, token = NO_TOKEN, till = 0, born = 0, fresh = 0, stale = 0 }
end

-- What is there. Foreign bytes count as nothing; a format of a later release is `unknown`, and not ours to change.
local function read()
  local p = nothing()
  local head = redis.pcall('GETRANGE', KEYS[1], 0, LENGTH - 1)
  if type(head) == 'table' then
    if string.find(head.err, 'WRONGTYPE', 1, true) then return p end
    head = redis.call('GETRANGE', KEYS[1], 0, LENGTH - 1)
  end
  if string.sub(head, 1, 2) ~= '\137\80' then return p end
  if string.byte(head, 3) ~= 1 then
    p.unknown = string.byte(head, 3) or 0
  elseif #head == LENGTH then
    local _
    _, _, _, p.kind, p.mark, p.keep, p.version, p.token, p.till, p.born, p.fresh, p.stale = struct.unpack(LAYOUT, head)
    -- No script writes such numbers: these bytes are as foreign as any, and what is put in their place must be readable.
    if math.max(p.version, p.till, p.born, p.fresh, p.stale) > NEVER then return nothing() end
  end
  return p
end

local function pack(p)
  return struct.pack(LAYOUT, 137, 80, 1, p.kind, p.mark, p.keep, p.version, p.token, p.till, p.born, p.fresh, p.stale)
end

-- Whether a fresh or stale value is there.
local function is_live(p)
  return p.kind == VALUE and now < p.stale
end

-- Ends every load that began before, and what is remembered of it.
local function supersede(p)
  p.version = math.max(p.version + 1, now_us)
  p.token, p.mark, p.keep, p.till = NO_TOKEN, 0, 0, 0
  return p.version
end

local function is_late(deadline)
  return deadline ~= '' and now_us > tonumber(deadline)
end

-- The key lives for at least `ms` more; what lives longer, or for ever, is left so.
local function outlive(ms)
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left < ms then
    redis.call('PEXPIRE', KEYS[1], digits(ms))
  end
end

-- The key lives until `stale`, or as good as for ever.
local function live_until(stale)
  redis.call('PEXPIRE', KEYS[1], digits(math.max(stale - now, 1)))
end

local function store(p, born, fresh, stale, envelope)
  local version = supersede(p)
  p.kind, p.born, p.fresh, p.stale = VALUE, tonumber(born), tonumber(fresh), tonumber(stale)
  if p.stale >= NEVER then
    redis.call('SET', KEYS[1], pack(p) .. envelope)
  else
    redis.call('SET', KEYS[1], pack(p) .. envelope, 'PX', digits(math.max(p.stale - now, 1)))
  end
  return version
end

-- Nothing is left but the memory that it was removed.
local function bury(p, keep)
  local version = supersede(p)
  p.kind, p.born, p.fresh, p.stale = TOMBSTONE, 0, 0, 0
  -- After a first write that needs no memory, a full server takes the others: what is wrong goes whatever is full.
  redis.call('UNLINK', KEYS[1])
  redis.call('SET', KEYS[1], pack(p), 'PX', keep)
  return version
end

local STORED, SUPERSEDED, PRESENT, LATE = 0, 1, 2, 3

-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- What several mail servers have sent together: runs inside of Valkey or Redis, so that one decision
-- is one step for all of them. What is kept here is a copy: each host says what it has counted itself,
-- and says all of it again when its revision is another than the one that it expects, be it that one
-- of us was started anew or that this server has lost everything. Windows are those of window.c, by
-- this server's clock; hosts speak of ages alone.
--
-- KEYS: for each subject the set of hosts that have counted something for it.
-- ARGV: host, recipients, mode; then for each subject: the revision that is expected ("": begin
-- anew), the next one, the limits of an hour and of a day (0: none), "AGE COUNT," of each event.
-- Modes: look; ask (count if no limit is in the way), force (count), tell (events alone), reset.
-- Answers: again; or reserved, or over, and what was used of each hour and day before.

local PREFIX = 'smtp-restrictions:'
local KEEP = 90000
local WINDOWS = {
        { name = 'hour', length = 3600, unit = 1 },
        { name = 'day', length = 86400, unit = 60 },
}

local host, recipients, mode = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local now = tonumber(redis.call('TIME')[1])

-- Names come last: whatever they hold, no two keys are the same.
local function key_of(kind, owner, subject)
        return PREFIX .. kind .. ':' .. owner .. ':' .. subject
end

local function clear(owner, subject)
        redis.call('DEL', key_of('count', owner, subject), key_of('hour', owner, subject), key_of('day', owner, subject))
end

-- Return: what counts.
local function advance(owner, subject, window)
        local counts, times = key_of('count', owner, subject), key_of(window.name, owner, subject)

        -- the clock was put back: nothing can be to come
        for _, bucket in ipairs(redis.call('ZRANGEBYSCORE', times, '(' .. now, '+inf')) do
                redis.call('ZADD', times, now, bucket)
        end

        local before = '(' .. (now - window.length)
        for _, bucket in ipairs(redis.call('ZRANGEBYSCORE', times, '-inf', before)) do
                local field = window.name .. ':' .. bucket

                redis.call('HINCRBY', counts, window.name, -tonumber(redis.call('HGET', counts, field) or 0))
                redis.call('HDEL', counts, field)
        end
        redis.call('ZREMRANGEBYSCORE', times, '-inf', before)

        return math.max(0, tonumber(redis.call('HGET', counts, window.name) or 0))
end

local function add(subject, time, count)
        local counts = key_of('count', host, subject)

        for _, window in ipairs(WINDOWS) do
                if time + window.length >= now then
                        local times = key_of(window.name, host, subject)
                        local bucket = string.format('%d', math.floor(time / window.unit))
                        local known = tonumber(redis.call('ZSCORE', times, bucket) or 0)

                        redis.call('HINCRBY', counts, window.name, count)
                        redis.call('HINCRBY', counts, window.name .. ':' .. bucket, count)
                        redis.call('ZADD', times, math.max(known, time), bucket)
                end
        end
end

-- The host's clock and ours begin their seconds at other moments: it was about then.
local function take(subject, time, count)
        local counts = key_of('count', host, subject)

        for _, window in ipairs(WINDOWS) do
                local latest, left = time + window.unit + 1, count
                local buckets = redis.call(
                        'ZREVRANGEBYSCORE', key_of(window.name, host, subject), latest, '-inf', 'LIMIT', 0, 8)

                for _, bucket in ipairs(buckets) do
                        local field = window.name .. ':' .. bucket
                        local part = math.min(left, tonumber(redis.call('HGET', counts, field) or 0))

                        redis.call('HINCRBY', counts, field, -part)
                        redis.call('HINCRBY', counts, window.name, -part)
                        left = left - part
                end
        end
end

local function reset(hosts, subject)
        for _, owner in ipairs(redis.call('SMEMBERS', hosts)) do
                clear(owner, subject)
        end
        -- what others tell again from before does not count any more
        redis.call('SET', key_of('reset', '', subject), now, 'EX', KEEP)
end

local function add_events(subject, events)
        -- at a reset the host says what is to stay
        local forgotten = mode == 'reset' and 0 or tonumber(redis.call('GET', key_of('reset', '', subject)) or 0)

        for age, count in string.gmatch(events, '(%d+) (-?%d+),') do
                local time, change = now - tonumber(age), tonumber(count)

                if change < 0 then
                        take(subject, time, -change)
                elseif time > forgotten then
                        add(subject, time, change)
                end
        end
end

local function keep(hosts, subject)
        redis.call('SADD', hosts, host)
        redis.call('EXPIRE', hosts, KEEP)
        redis.call('EXPIRE', key_of('count', host, subject), KEEP)
        redis.call('EXPIRE', key_of('hour', host, subject), KEEP)
        redis.call('EXPIRE', key_of('day', host, subject), KEEP)
end

local subjects = {}
for i, hosts in ipairs(KEYS) do
        local at = 4 + (i - 1) * 5

        subjects[i] = {
                hosts = hosts,
                name = string.sub(hosts, #PREFIX + #'hosts:' + 1),
                expected = ARGV[at],
                revision = ARGV[at + 1],
                limits = { tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]) },
                events = ARGV[at + 4],
        }
end

for _, subject in ipairs(subjects) do
        local known = redis.call('HGET', key_of('count', host, subject.name), 'revision')

        if subject.expected ~= '' and subject.expected ~= known then
                return redis.status_reply('again')
        end
end

local answer, is_over = '', false
for _, subject in ipairs(subjects) do
        if mode == 'reset' then
                reset(subject.hosts, subject.name)
        elseif subject.expected == '' then
                clear(host, subject.name)
        end
        add_events(subject.name, subject.events)
        redis.call('HSET', key_of('count', host, subject.name), 'revision', subject.revision)
        keep(subject.hosts, subject.name)

        for i, window in ipairs(WINDOWS) do
                local used = 0

                for _, owner in ipairs(redis.call('SMEMBERS', subject.hosts)) do
                        if redis.call('EXISTS', key_of('count', owner, subject.name)) == 1 then
                                used = used + advance(owner, subject.name, window)
                        else
                                redis.call('SREM', subject.hosts, owner)
                        end
                end
                is_over = is_over or (subject.limits[i] > 0 and used + recipients > subject.limits[i])
                answer = answer .. string.format(' %d', used)
        end
end

if mode == 'force' or (mode == 'ask' and not is_over) then
        for _, subject in ipairs(subjects) do
                add(subject.name, now, recipients)
                keep(subject.hosts, subject.name)
        end
        return redis.status_reply('reserved' .. answer)
end
return redis.status_reply('over' .. answer)

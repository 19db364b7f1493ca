-- Sends ready-made requests over and over, putting a running number where the byte 31 stands.
-- Arguments: the file of requests (separated by byte 30), and after how many numbers to begin again (0: never).
local heads, tails, count, keys, number = {}, {}, 0, 0, 0

function init(args)
   local file = io.open(args[1], "rb")
   local all = file:read("*a")
   file:close()
   keys = tonumber(args[2])
   for record in all:gmatch("[^\30]+") do
      local place = record:find("\31", 1, true)
      count = count + 1
      heads[count] = place and record:sub(1, place - 1) or record
      tails[count] = place and record:sub(place + 1)
   end
end

function request()
   number = number + 1
   local which = number % count + 1
   if not tails[which] then return heads[which] end
   return heads[which] .. string.format("%08d", keys > 0 and number % keys or number) .. tails[which]
end

function done(summary, latency, requests)
   local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   io.write(string.format(
      '\nload {"answered":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%g,"p99":%g}\n',
      summary.requests, summary.duration, summary.errors.status, broken,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end

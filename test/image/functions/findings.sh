# What a function finds out about its container, as JSON; for any shell. $tool comes before each program: "" or busybox.
can() { if "$@" >/dev/null 2>&1; then echo true; else echo false; fi; }
# Here and not in findings, whose own output is a shell's pipe.
pipes=false
[ -p /dev/stdout ] && [ -p /dev/stderr ] && pipes=true
# Of all that is mounted, what can be written to.
writable() {
  while read -r _ mount _; do
    $tool touch "$mount/.probe" 2>/dev/null && $tool rm "$mount/.probe" && printf '%s ' "$mount"
  done </proc/self/mounts
}
findings() { # findings EVENT [CREDENTIALS]
  echo "by its path" >/dev/stderr
  echo "{\"event\":$1,\"user\":$($tool id -u),\"libraryPath\":\"$LD_LIBRARY_PATH\"," \
    "\"pipes\":$pipes," \
    "\"writesRoot\":$(can $tool touch /probe)," \
    "\"writesOpen\":$(can $tool touch /open/probe)," \
    "\"writesWorker\":$(can $tool touch /opt/loveless/probe)," \
    "\"writesTmp\":$(can $tool touch /tmp/probe)," \
    "\"writable\":\"$(writable)\"," \
    "\"removesMarker\":$(can $tool rm /tmp/.loveless-scratch)," \
    "\"readsLoader\":$(can $tool cat /opt/loveless/loader)," \
    "\"readsWorkersEnvironment\":$(can $tool cat /proc/$PPID/environ)," \
    "\"readsInitsEnvironment\":$(can $tool cat /proc/1/environ)," \
    "\"nodeStartsAlone\":$(can /opt/loveless/node --version)," \
    "\"credentials\":${2:-null}}"
}

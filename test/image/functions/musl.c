/* A function of another libc: a Runtime API client in C, linked against musl as Alpine's programs are. */
#include <arpa/inet.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char reply[65536];

/* Sends a request to HOST:PORT and reads the whole reply, up to the end of the connection, into `reply`; gives the body. */
static char *call(const char *address, const char *request) {
  char host[64];
  const char *colon = strchr(address, ':');
  snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
  inet_pton(AF_INET, host, &to.sin_addr);
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr *)&to, sizeof to) != 0) exit(1);
  if (write(connection, request, strlen(request)) < 0) exit(1);
  size_t length = 0;
  for (ssize_t got; (got = read(connection, reply + length, sizeof reply - 1 - length)) > 0;) length += got;
  close(connection);
  reply[length] = 0;
  char *body = strstr(reply, "\r\n\r\n");
  if (body == NULL) exit(1);
  return body + 4;
}

/* The credentials that the worker hands out, as JSON; null without a role. */
static const char *credentials(void) {
  static char found[8192] = "null";
  const char *uri = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (uri == NULL) return found;
  const char *address = uri + strlen("http://");
  char request[1024];
  snprintf(request, sizeof request,
           "GET %s HTTP/1.1\r\nHost: credentials\r\nConnection: close\r\nAuthorization: %s\r\n\r\n",
           strchr(address, '/'), getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  /* In chunks, of which JSON is one. */
  const char *from = strchr(call(address, request), '{');
  if (from != NULL) snprintf(found, sizeof found, "%.*s", (int)(strcspn(from, "}") + 1), from);
  return found;
}

static int is_pipe(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

static int reads(const char *path) {
  FILE *file = fopen(path, "r");
  int read = file != NULL && fgetc(file) != EOF;
  if (file != NULL) fclose(file);
  return read;
}

/* Of all that is mounted, what can be written to. */
static const char *writable(void) {
  static char found[8192];
  found[0] = 0;
  FILE *mounts = setmntent("/proc/self/mounts", "r");
  for (struct mntent *mount; mounts != NULL && (mount = getmntent(mounts)) != NULL;) {
    size_t length = strlen(found);
    char inside[512];
    /* Devices are mounted one by one, and are no place for files. */
    snprintf(inside, sizeof inside, "%s/.", mount->mnt_dir);
    if (access(inside, W_OK) == 0) snprintf(found + length, sizeof found - length, "%s ", mount->mnt_dir);
  }
  return found;
}

static int starts_alone(void) {
  pid_t child = fork();
  if (child == 0) {
    execl("/opt/loveless/node", "node", "--version", NULL);
    _exit(127);
  }
  int status;
  waitpid(child, &status, 0);
  return status == 0;
}

static const char *truth(int value) { return value ? "true" : "false"; }

int main(void) {
  static char request[131072], answer[98304], id[128];
  const char *runtime = getenv("AWS_LAMBDA_RUNTIME_API");
  const char *keys = credentials();
  for (;;) {
    char *event = call(
        runtime, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\nConnection: close\r\n\r\n");
    const char *header = strcasestr(reply, "lambda-runtime-aws-request-id: ");
    if (header == NULL || sscanf(header + 31, "%127[0-9a-f-]", id) != 1) exit(1);
    FILE *standard_error = fopen("/dev/stderr", "w");
    if (standard_error != NULL) fprintf(standard_error, "by its path\n"), fclose(standard_error);
    char environment[64];
    snprintf(environment, sizeof environment, "/proc/%d/environ", getppid());
    const char *library_path = getenv("LD_LIBRARY_PATH");
    snprintf(answer, sizeof answer,
             "{\"event\":%s,\"user\":%d,\"libraryPath\":\"%s\",\"pipes\":%s,\"writesRoot\":%s,\"writesOpen\":%s,"
             "\"writesWorker\":%s,\"writesTmp\":%s,\"writable\":\"%s\",\"removesMarker\":%s,\"readsLoader\":%s,"
             "\"readsWorkersEnvironment\":%s,\"readsInitsEnvironment\":%s,\"nodeStartsAlone\":%s,\"credentials\":%s}",
             event, (int)getuid(), library_path == NULL ? "" : library_path, truth(is_pipe(1) && is_pipe(2)),
             truth(access("/", W_OK) == 0), truth(access("/open", W_OK) == 0),
             truth(access("/opt/loveless", W_OK) == 0), truth(access("/tmp", W_OK) == 0), writable(),
             truth(unlink("/tmp/.loveless-scratch") == 0), truth(access("/opt/loveless/loader", R_OK) == 0),
             truth(reads(environment)), truth(reads("/proc/1/environ")), truth(starts_alone()), keys);
    snprintf(request, sizeof request,
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: runtime\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             id, strlen(answer), answer);
    call(runtime, request);
  }
}

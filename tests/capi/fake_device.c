#include "fake_device.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static void answer(int fd, const char* status, const char* header, const char* body) {
  char text[1024];
  const int length = snprintf(text, sizeof text,
                              "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                              status, header, strlen(body), body);
  if (send(fd, text, (size_t)length, MSG_NOSIGNAL) != length) perror("fake device: send");
}

static void answer_json(int fd, const char* body) {
  answer(fd, "200 OK", "Content-Type: application/json\r\n", body);
}

static int asks_for(const char* request, const char* method) {
  char target[64];
  snprintf(target, sizeof target, "/rpc/%s", method);
  const char* const found = strstr(request, target);
  return found != NULL && found < strstr(request, "\r\n");
}

static void answer_device_info(fake_device* device, int fd) {
  char body[300];
  snprintf(body, sizeof body,
           "{\"name\":\"%s\",\"id\":\"shellyplus1-a8032a000001\",\"mac\":\"A8032A000001\","
           "\"model\":\"SNSW-001X16EU\",\"gen\":2,\"fw_id\":\"20250101-100000/1.7.1-gabc\","
           "\"ver\":\"1.7.1\",\"app\":\"Plus1\",\"auth_en\":%s,\"auth_domain\":null}",
           device->name, device->wants_login ? "true" : "false");
  answer_json(fd, body);
}

static void answer_rpc(fake_device* device, int fd, const char* request) {
  const int logged_in = strstr(request, "\r\nAuthorization: Digest ") != NULL;
  if (asks_for(request, "Shelly.GetDeviceInfo")) {
    answer_device_info(device, fd);
  } else if (device->wants_login && !logged_in) {
    answer(fd, "401 Unauthorized",
           "WWW-Authenticate: Digest qop=\"auth\", realm=\"shellyplus1-a8032a000001\", "
           "nonce=\"1694692867\", algorithm=SHA-256\r\n",
           "");
  } else if (asks_for(request, "Shelly.CheckForUpdate")) {
    answer_json(fd,
                "{\"stable\":{\"version\":\"1.7.5\",\"build_id\":\"20250601-100000/1.7.5-g1\"}}");
  } else if (asks_for(request, "Shelly.Update")) {
    ++device->updates;
    answer_json(fd, "null");
  } else if (asks_for(request, "Sys.SetConfig")) {
    strcpy(device->name, "Neu");
    answer_json(fd, "{\"restart_required\":false}");
  } else {
    answer(fd, "404 Not Found", "", "{\"code\":404,\"message\":\"No handler\"}");
  }
  device->logins += logged_in;
}

static void serve(fake_device* device, int fd) {
  char request[4096];
  size_t length = 0;
  for (;;) {
    const ssize_t count = recv(fd, request + length, sizeof request - 1 - length, 0);
    if (count <= 0) return;
    length += (size_t)count;
    request[length] = '\0';
    if (strstr(request, "\r\n\r\n") != NULL) break;
  }
  answer_rpc(device, fd, request);
  shutdown(fd, SHUT_WR);
  while (recv(fd, request, sizeof request, 0) > 0) {
  }
}

static void* listen_and_serve(void* pointer) {
  fake_device* device = pointer;
  for (;;) {
    const int fd = accept(device->listener, NULL, NULL);
    if (fd < 0) return NULL; /* stop_fake_device() has shut the listener down */
    serve(device, fd);
    close(fd);
  }
}

void start_fake_device(fake_device* device, int wants_login) {
  struct sockaddr_in name;
  socklen_t size = sizeof name;
  memset(device, 0, sizeof *device);
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  device->wants_login = wants_login;
  strcpy(device->name, "Alt");
  device->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(bind(device->listener, (struct sockaddr*)&name, size) == 0);
  REQUIRE(getsockname(device->listener, (struct sockaddr*)&name, &size) == 0);
  REQUIRE(listen(device->listener, 16) == 0);
  snprintf(device->address, sizeof device->address, "127.0.0.1:%u", (unsigned)ntohs(name.sin_port));
  REQUIRE(pthread_create(&device->thread, NULL, listen_and_serve, device) == 0);
}

void stop_fake_device(fake_device* device) {
  shutdown(device->listener, SHUT_RDWR);
  pthread_join(device->thread, NULL);
  close(device->listener);
}

#include "shelly.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void set_up_shelly(shelly* device, unsigned number, int wants_login) {
  memset(device, 0, sizeof *device);
  snprintf(device->mac, sizeof device->mac, "A8032A%06X", number & 0xffffffu);
  device->wants_login = wants_login;
  strcpy(device->name, "Alt");
}

size_t request_length(const char* text) {
  const char* const end = strstr(text, "\r\n\r\n");
  if (end == NULL) return 0;
  const char* const field = strstr(text, "\r\nContent-Length: ");
  const size_t body = field != NULL && field < end ? strtoul(field + 18, NULL, 10) : 0;
  const size_t head = (size_t)(end - text) + 4;
  return strlen(text) - head >= body ? head + body : 0;
}

static size_t answer(char* text, const char* status, const char* header, const char* body) {
  const int length =
      snprintf(text, SHELLY_ANSWER_SIZE, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
               header, strlen(body), body);
  REQUIRE(length > 0 && length < SHELLY_ANSWER_SIZE);
  return (size_t)length;
}

static size_t answer_json(char* text, const char* body) {
  return answer(text, "200 OK", "Content-Type: application/json\r\n", body);
}

static int asks_for(const char* request, const char* method) {
  char target[64];
  snprintf(target, sizeof target, "/rpc/%s", method);
  const char* const found = strstr(request, target);
  return found != NULL && found < strstr(request, "\r\n");
}

/* As its id and its login have it. */
static void small_mac(const shelly* device, char mac[13]) {
  for (size_t i = 0; i < 13; ++i)
    mac[i] = (char)tolower((unsigned char)device->mac[i]);
}

static size_t answer_device_info(const shelly* device, char* text) {
  char body[300];
  char name[50] = "";
  char mac[13];
  if (!device->hides_name) snprintf(name, sizeof name, "\"name\":\"%s\",", device->name);
  small_mac(device, mac);
  snprintf(body, sizeof body,
           "{%s\"id\":\"shellyplus1-%s\",\"mac\":\"%s\","
           "\"model\":\"SNSW-001X16EU\",\"gen\":2,\"fw_id\":\"20250101-100000/1.7.1-gabc\","
           "\"ver\":\"1.7.1\",\"app\":\"Plus1\",\"auth_en\":%s,\"auth_domain\":null}",
           name, mac, device->mac, device->wants_login ? "true" : "false");
  return answer_json(text, body);
}

static size_t ask_for_login(const shelly* device, char* text) {
  char header[200];
  char mac[13];
  small_mac(device, mac);
  snprintf(header, sizeof header,
           "WWW-Authenticate: Digest qop=\"auth\", realm=\"shellyplus1-%s\", "
           "nonce=\"1694692867\", algorithm=SHA-256\r\n",
           mac);
  return answer(text, "401 Unauthorized", header, "");
}

size_t shelly_answer(shelly* device, const char* request, char text[SHELLY_ANSWER_SIZE]) {
  const int logged_in = strstr(request, "\r\nAuthorization: Digest ") != NULL;
  device->logins += logged_in;
  if (asks_for(request, "Shelly.GetDeviceInfo")) return answer_device_info(device, text);
  if (device->wants_login && !logged_in) return ask_for_login(device, text);
  if (asks_for(request, "Shelly.CheckForUpdate"))
    return answer_json(
        text, "{\"stable\":{\"version\":\"1.7.5\",\"build_id\":\"20250601-100000/1.7.5-g1\"}}");
  if (asks_for(request, "Sys.GetStatus")) return answer_json(text, "{\"uptime\":86400}");
  if (asks_for(request, "Shelly.Update")) {
    ++device->updates;
    return answer_json(text, "null");
  }
  if (asks_for(request, "Sys.SetConfig")) {
    strcpy(device->name, "Neu");
    return answer_json(text, "{\"restart_required\":false}");
  }
  return answer(text, "404 Not Found", "", "{\"code\":404,\"message\":\"No handler\"}");
}

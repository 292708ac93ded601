#include "support.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

directory make_directory(void) {
  directory dir;
  strcpy(dir.path, "/tmp/stage3-capi-XXXXXX");
  REQUIRE(mkdtemp(dir.path) != NULL);
  return dir;
}

void remove_directory(directory* dir) {
  DIR* entries = opendir(dir->path);
  REQUIRE(entries != NULL);
  for (struct dirent* entry = readdir(entries); entry != NULL; entry = readdir(entries))
    if (entry->d_name[0] != '.') unlinkat(dirfd(entries), entry->d_name, 0);
  closedir(entries);
  REQUIRE(rmdir(dir->path) == 0);
}

static const char* path_of(directory* dir, const char* name) {
  snprintf(dir->file_path, sizeof dir->file_path, "%s/%s", dir->path, name);
  return dir->file_path;
}

const char* write_file(directory* dir, const char* name, const char* text) {
  FILE* file = fopen(path_of(dir, name), "w");
  REQUIRE(file != NULL);
  REQUIRE(fputs(text, file) >= 0);
  REQUIRE(fclose(file) == 0);
  return dir->file_path;
}

int file_holds(directory* dir, const char* name, const char* text) {
  char bytes[4096] = "";
  FILE* file = fopen(path_of(dir, name), "r");
  REQUIRE(file != NULL);
  bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
  fclose(file);
  return strstr(bytes, text) != NULL;
}

stage3_config* default_config(void) {
  stage3_config* config = NULL;
  REQUIRE(stage3_config_new(&config, NULL) == 0);
  return config;
}

stage3_config* make_config(directory* dir, const char* name) {
  stage3_config* config = default_config();
  REQUIRE(stage3_config_set(config, "ip_state_file", path_of(dir, name), NULL) == 0);
  return config;
}

char* refused_address(void) {
  struct sockaddr_in name;
  socklen_t size = sizeof name;
  char* text = malloc(32);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(text != NULL && fd >= 0);
  REQUIRE(bind(fd, (struct sockaddr*)&name, size) == 0);
  REQUIRE(getsockname(fd, (struct sockaddr*)&name, &size) == 0);
  close(fd);
  snprintf(text, 32, "127.0.0.1:%u", (unsigned)ntohs(name.sin_port));
  return text;
}

stage3_device make_device(const char* mac, const char* address) {
  stage3_device device = STAGE3_DEVICE_INIT;
  device.mac = mac;
  device.address = address;
  return device;
}

int count_result(void* tally_pointer, const stage3_result* result) {
  tally* counts = tally_pointer;
  __atomic_add_fetch(&counts->results, 1, __ATOMIC_RELAXED);
  __atomic_add_fetch(&counts->outcomes[stage3_result_outcome(result)], 1, __ATOMIC_RELAXED);
  return 0;
}

void count_destroy(void* tally_pointer) {
  tally* counts = tally_pointer;
  ++counts->destroyed;
}

stage3_callbacks counting(tally* counts) {
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = counts;
  callbacks.on_result = count_result;
  callbacks.destroy = count_destroy;
  return callbacks;
}

stage3_runner* make_runner(tally* counts) {
  stage3_config* config = default_config();
  const stage3_callbacks callbacks = counting(counts);
  stage3_runner* runner = NULL;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  stage3_config_free(config);
  return runner;
}

void add_devices(stage3_runner* runner, int count, const char* address) {
  for (unsigned i = 0; i < (unsigned)count; ++i) {
    char mac[32];
    char own_address[64];
    snprintf(mac, sizeof mac, "A8032A%06X", i);
    snprintf(own_address, sizeof own_address, "127.0.%u.1%s", i, strchr(address, ':'));
    const stage3_device device = make_device(mac, own_address);
    REQUIRE(stage3_runner_add(runner, &device, NULL) == 0);
  }
}

static int take_result(void* target, const stage3_result* result) {
  *(const stage3_result**)target = stage3_result_ref(result);
  return 0;
}

const stage3_result* failed_result(void) {
  stage3_device device = STAGE3_DEVICE_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* config = default_config();
  stage3_runner* runner = NULL;
  const stage3_result* result = NULL;
  device.key = "bad";
  device.defect = "no address";
  callbacks.user = (void*)&result;
  callbacks.on_result = take_result;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  REQUIRE(stage3_runner_add(runner, &device, NULL) == 0);
  REQUIRE(stage3_runner_work(runner, NULL) == 0);
  REQUIRE(result != NULL && stage3_result_error_count(result) == 1);
  stage3_runner_free(runner);
  stage3_config_free(config);
  return result;
}

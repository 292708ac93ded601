#include "failing_memory.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t left = 0;  // allocations up to the one that fails, 0: none does
thread_local std::size_t kept = 0;  // may wrap: other threads' memory is freed here, too

std::size_t size_of(void* memory) {
  constexpr std::size_t kHeader = 8;
  return memory == nullptr ? 0 : malloc_usable_size(memory) + kHeader;
}

void* allocate(std::size_t size) {
  if (left > 0 && --left == 0) throw std::bad_alloc();
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  kept += size_of(memory);
  return memory;
}

void release(void* memory) noexcept {
  kept -= size_of(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}

void* operator new[](std::size_t size) {
  return allocate(size);
}

/// The sanitizers' own does not call the one above, as others do: std::stable_sort takes it.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  try {
    return allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete(void* memory) noexcept {
  release(memory);
}

void operator delete[](void* memory) noexcept {
  release(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
  release(memory);
}

namespace stage3 {

FailingMemory::FailingMemory(std::size_t nth) {
  left = nth;
}

FailingMemory::~FailingMemory() {
  left = 0;
}

bool FailingMemory::works() {
  const FailingMemory failing(1);
  try {
    ::operator delete(::operator new(1));
    return false;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

bool FailingMemory::has_failed() const {
  return left == 0;
}

std::size_t kept_memory() {
  return kept;
}

}  // namespace stage3

#include "failing_memory.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t left = 0;  // allocations up to the one that fails, 0: none does

void* allocate(std::size_t size) {
  if (left > 0 && --left == 0) throw std::bad_alloc();
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}

void* operator new[](std::size_t size) {
  return allocate(size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete[](void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
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

}  // namespace stage3

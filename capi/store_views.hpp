#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <stage3/device.hpp>
#include <utility>

#include "device.hpp"

namespace stage3::capi {

/// The devices of a store as C has been given them, by whichever thread: what they point to stays,
/// but what is on record, which is replaced when the same device is asked for again.
class StoreViews {
 public:
  stage3_device view(std::size_t index, stage3::Device device) {
    const std::lock_guard lock(mutex_);
    Given& given = given_[index];
    if (!given.entry) {
      given.entry = std::make_unique<View>(std::move(device));
    } else if (given.latest().device.on_record != device.on_record ||
               given.latest().device.defect != device.defect) {
      given.news = std::make_unique<View>(std::move(device));
    }
    stage3_device out = given.entry->view.get();
    out.on_record = given.latest().view.get().on_record;
    out.defect = given.latest().view.get().defect;
    return out;
  }

 private:
  struct View {
    explicit View(stage3::Device its_device) : device(std::move(its_device)), view(device) {}
    stage3::Device device;
    DeviceView view;
  };
  struct Given {
    const View& latest() const { return news ? *news : *entry; }
    std::unique_ptr<View> entry;
    std::unique_ptr<View> news;
  };

  std::mutex mutex_;
  std::map<std::size_t, Given> given_;
};

}  // namespace stage3::capi

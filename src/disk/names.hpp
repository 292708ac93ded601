#pragma once

#include <array>

namespace stage3::disk {

/// What stands beside a state file, as endings of its name. Temporary files are under names that no
/// other program uses: `.tmp` belongs to whoever saves as the runbook says.
namespace suffix {

constexpr const char* kBackup = ".bak";
constexpr const char* kLock = ".lock";
constexpr const char* kRunLock = ".run.lock";
/// What many an editor calls the version before.
constexpr const char* kEditors = "~";
inline constexpr std::array kRescued{".rescued",   ".rescued.2", ".rescued.3",
                                     ".rescued.4", ".rescued.5", ".rescued.6",
                                     ".rescued.7", ".rescued.8", ".rescued.9"};
/// Versions that a save has replaced while another program had them open: gone once nobody has, or
/// rescued if it has written into them.
inline constexpr std::array kLate{".stage3-late", ".stage3-late2", ".stage3-late3",
                                  ".stage3-late4"};
constexpr const char* kTemp = ".stage3-tmp";
constexpr const char* kBackupTemp = ".stage3-bak";
constexpr const char* kTrial = ".stage3-try";
constexpr const char* kSecondTrial = ".stage3-try2";
constexpr const char* kOtherStages = ".tmp";

constexpr const char* kOthers[] = {kBackup,     kLock,  kRunLock,     kTemp,
                                   kBackupTemp, kTrial, kSecondTrial, kOtherStages};

}  // namespace suffix

}  // namespace stage3::disk

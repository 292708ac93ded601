#pragma once

namespace stage3::state {

/// What stands beside a state file, as endings of its name. Temporary files are under names that no
/// other program uses: `.tmp` belongs to whoever saves as the runbook says.
namespace suffix {

constexpr const char* kBackup = ".bak";
constexpr const char* kLock = ".lock";
constexpr const char* kRunLock = ".run.lock";
constexpr const char* kRescued = ".rescued";
constexpr const char* kTemp = ".stage3-tmp";
constexpr const char* kBackupTemp = ".stage3-bak";
constexpr const char* kTrial = ".stage3-try";
constexpr const char* kSecondTrial = ".stage3-try2";
constexpr const char* kOtherStages = ".tmp";

constexpr const char* kAll[] = {kBackup,     kLock,  kRunLock,     kRescued,    kTemp,
                                kBackupTemp, kTrial, kSecondTrial, kOtherStages};

}  // namespace suffix

}  // namespace stage3::state

// Steps 5 and 6 of the conversation: the update check and the update.

#include "conversation.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// What a check comes to on a device with this firmware.
DeviceResult checked(const std::string& version, const std::string& fw_id,
                     const std::string& answer, OtaStage stage = OtaStage::stable) {
  Policy policy = ota_only();
  policy.config.ota.mode = OtaMode::check_only;
  policy.config.ota.stage = stage;
  Talk talk(policy);
  talk.identified(info_with(version, fw_id));
  talk.get(kCheck, answer);
  return talk.done();
}

/// A talk that has come to the permit for 1.7.5 over 1.7.0.
struct Offered : Talk {
  explicit Offered(Policy policy = ota_only()) : Talk(std::move(policy)) {
    identified();
    get(kCheck, offer("1.7.5"));
  }
};

/// One that has sent Shelly.Update.
struct Sent : Offered {
  explicit Sent(Policy policy = ota_only()) : Offered(std::move(policy)) {
    allow_update();
    expect_get(kUpdate);
  }
};

}  // namespace

TEST_CASE("nothing offered is up to date") {
  const DeviceResult result = checked("1.7.5", "20260311-095911/1.7.5-g9979d16", "{}");
  CHECK(result.ota_status == OtaStatus::up_to_date);
  CHECK(result.update == "");
  CHECK(result.outcome == Outcome::ok);
}

TEST_CASE("a newer stable version is available") {
  const DeviceResult result =
      checked("1.4.4", "20241011-114442/1.4.4-g6d2a586",
              R"({"stable":{"version":"1.7.5","build_id":"20260311-095857/1.7.5-g9979d16"}})");
  CHECK(result.ota_status == OtaStatus::update_available);
  CHECK(result.update == "1.7.5");
  CHECK(result.outcome == Outcome::ok);
  CHECK_FALSE(result.update_sent);
}

TEST_CASE("a stable version older than the installed beta is no update") {
  CHECK(checked("1.5.1-beta1", "20250120-100000/1.5.1-beta1-g1",
                R"({"stable":{"version":"1.4.4","build_id":"20241011-114442/1.4.4-g6d2a586"}})")
            .ota_status == OtaStatus::up_to_date);
  const DeviceResult result = checked("2.0.0-beta1", "20260423-102553/2.0.0-beta1-g8c7700a",
                                      R"({"stable":{"version":"1.7.0-miniemg4prod0"}})");
  CHECK(result.ota_status == OtaStatus::up_to_date);
  CHECK(result.update == "");
}

TEST_CASE("equal version strings are no update, whatever the dates") {
  CHECK(checked("1.7.5", "20200101-000000/1.7.5-g0",
                R"({"stable":{"version":"1.7.5","build_id":"20260311-095857/1.7.5-g9979d16"}})")
            .ota_status == OtaStatus::up_to_date);
}

TEST_CASE("a beta counts only where betas are wanted, and firmware of another kind never") {
  const std::string beta = R"({"beta":{"version":"2.0.0-beta1"}})";
  CHECK(checked("1.7.5", "", beta).ota_status == OtaStatus::up_to_date);
  CHECK(checked("1.7.5", "", beta, OtaStage::beta).update == "2.0.0-beta1");
  CHECK(checked("1.0.0", "", R"({"alt":{"Mini1PMG4ZB":{"stable":{"version":"9.0.0"}}}})")
            .ota_status == OtaStatus::up_to_date);
  CHECK(checked("1.0.0", "", R"({"test":{"version":"9.0.0"}})").ota_status ==
        OtaStatus::up_to_date);
}

TEST_CASE("where betas are wanted the newer of both offers counts, and its stage is sent") {
  Policy policy = ota_only();
  policy.config.ota.stage = OtaStage::beta;
  const auto stage_sent = [&](const std::string& offers, const std::string& version) {
    Talk talk(policy);
    talk.identified();
    talk.get(kCheck, offers);
    talk.allow_update(info(), version);
    const std::string target = talk.call().target;
    return target.substr(target.find('=') + 1);
  };
  CHECK(stage_sent(R"({"stable":{"version":"1.8.0"}})", "1.8.0") == "stable");
  CHECK(stage_sent(R"({"stable":{"version":"1.8.0"},"beta":{"version":"1.8.0-beta2"}})", "1.8.0") ==
        "stable");
  CHECK(stage_sent(R"({"beta":{"version":"1.8.0-beta2"},"stable":{"version":"1.7.5"}})",
                   "1.8.0-beta2") == "beta");
  CHECK(stage_sent(R"({"beta":{"version":"1.7.5"},"stable":{"version":"1.7.5"}})", "1.7.5") ==
        "stable");
  // What is older than the device counts for nothing, however it stands to the other offer.
  CHECK(stage_sent(R"({"stable":{"version":"1.6.0"},"beta":{"version":"1.7.1-beta1"}})",
                   "1.7.1-beta1") == "beta");
  // One offer that cannot be compared does not hide the other.
  CHECK(stage_sent(R"({"stable":{"version":"1.7.5"},"beta":{"version":"latest"}})", "1.7.5") ==
        "stable");
  CHECK(checked("1.8.0", "", R"({"stable":{"version":"1.7.5"},"beta":{"version":"1.8.0-beta2"}})",
                OtaStage::beta)
            .ota_status == OtaStatus::up_to_date);
  CHECK(checked("1.8.0", "", R"({"stable":{"version":"1.7.5"},"beta":{"version":"latest"}})",
                OtaStage::beta)
            .ota_status == OtaStatus::check_failed);
}

TEST_CASE("a beta that becomes a release is newer, and a release is not replaced by its beta") {
  CHECK(checked("2.0.0-beta1", "", R"({"stable":{"version":"2.0.0"}})").ota_status ==
        OtaStatus::update_available);
  CHECK(checked("2.0.0", "", R"({"beta":{"version":"2.0.0-beta2"}})", OtaStage::beta).ota_status ==
        OtaStatus::up_to_date);
}

TEST_CASE("a check that cannot be understood has failed") {
  for (const char* body : {"", "null", "[]", "x", R"({"stable":{}})", R"({"stable":[]})",
                           R"({"stable":"1.7.5"})", R"({"stable":{"version":7}})"}) {
    CAPTURE(body);
    const DeviceResult result = checked("1.0.0", "", body);
    CHECK(result.ota_status == OtaStatus::check_failed);
    CHECK(result.outcome == Outcome::failed);
    CHECK(result.error_text().rfind("OTA: ", 0) == 0);
    CHECK(result.errors[0].cause == Cause::malformed);
    CHECK(result.update == "");
  }
}

TEST_CASE("versions that cannot be compared are no verdict") {
  const DeviceResult unreadable = checked("1.0.0", "", R"({"stable":{"version":"latest"}})");
  CHECK(unreadable.ota_status == OtaStatus::check_failed);
  CHECK(unreadable.error_text() == "OTA: the offered \"latest\" is no version");
  const DeviceResult undated = checked("1.0.0", "", R"({"stable":{"version":"i4prod0"}})");
  CHECK(undated.ota_status == OtaStatus::check_failed);
  CHECK(undated.error_text() ==
        "OTA: installed \"1.0.0\" and offered \"i4prod0\" cannot be compared without the dates of "
        "both builds");
  CHECK(checked("", "", offer("1.7.5")).ota_status == OtaStatus::check_failed);
  CHECK(checked("i4prod0", "", offer("1.7.5")).ota_status == OtaStatus::check_failed);
  CHECK(checked("1.7.99-g4prod3", "20250819-150404/ga0def2d", R"({"stable":{"version":"1.7.5"}})")
            .ota_status == OtaStatus::check_failed);
}

TEST_CASE("factory firmware is updated by the dates of the builds") {
  CHECK(checked("i4prod0", "20211101-134319/i4prod0-g2345cff-279-dirty", offer("1.7.5")).update ==
        "1.7.5");
  CHECK(checked("1.7.99-g4prod3", "20250819-150404/ga0def2d", offer("1.7.5")).update == "1.7.5");
  CHECK(checked("1.7.99-g4prod3", "20260819-150404/ga0def2d", offer("1.7.5")).ota_status ==
        OtaStatus::up_to_date);
  CHECK(checked("2.0.0", "20260423-102553/2.0.0-g1",
                R"({"stable":{"version":"2.1.99-g4prod0","build_id":"20250915-120859/gb95ce8e"}})")
            .ota_status == OtaStatus::up_to_date);
}

TEST_CASE("a device that tells no version is not locked out") {
  for (const char* version : {"", R"("ver":null,)"}) {
    CAPTURE(version);
    const std::string told = R"({"id":"shellyplus1-a8032abe54dc","mac":"A8032ABE54DC",)" +
                             std::string(version) + R"("fw_id":"20260101-100000/gefb9927"})";
    Talk talk(ota_only());
    talk.identified(told);
    talk.get(kCheck, offer("1.7.5"));
    talk.allow_update(told);
    talk.expect_get(kUpdate);
  }
}

TEST_CASE("a failed check is check_failed, never up to date") {
  Talk refused(ota_only());
  refused.identified();
  CHECK(refused.expect_get(kCheck).timeout == 20s);
  refused.answer(500, R"({"code":-114,"message":"Resource unavailable: No update info!"})");
  CHECK(refused.done().ota_status == OtaStatus::check_failed);
  CHECK(refused.done().error_text() ==
        "OTA: HTTP 500 (-114 Resource unavailable: No update info!)");

  Talk silent(ota_only());
  silent.identified();
  silent.expect_get(kCheck);
  silent.fails(Cause::timeout);
  silent.pause();
  silent.expect_get(kCheck);
  silent.fails(Cause::timeout);
  CHECK(silent.done().ota_status == OtaStatus::check_failed);
  CHECK(silent.done().error_text() == "OTA: timeout");
  CHECK(silent.done().outcome == Outcome::failed);

  Talk gone(ota_only());
  gone.identified();
  gone.expect_get(kCheck);
  gone.answer(404, R"({"code":404,"message":"No handler"})");
  CHECK(gone.done().ota_status == OtaStatus::check_failed);

  Talk framed(ota_only());
  framed.identified();
  framed.get(kCheck, R"({"id":0,"error":{"code":-104,"message":"Deadline exceeded"}})");
  CHECK(framed.done().ota_status == OtaStatus::check_failed);
}

TEST_CASE("disabled is skipped") {
  Policy policy = naming_only();
  policy.config.friendly.enabled = false;
  Talk talk(policy);
  talk.identified();
  CHECK(talk.done().ota_status == OtaStatus::skipped);
  CHECK(talk.done().friendly_status == FriendlyStatus::skipped);
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("check_only and a dry run send no update and ask for no permit") {
  Policy check_only = ota_only();
  check_only.config.ota.mode = OtaMode::check_only;
  Policy dry = ota_only();
  dry.dry_run = true;
  for (const Policy& policy : {check_only, dry}) {
    Offered talk(policy);
    CHECK(talk.done().ota_status == OtaStatus::update_available);
    CHECK_FALSE(talk.done().update_sent);
    CHECK_FALSE(talk.done().update_held);
  }
}

TEST_CASE("an update that is not permitted is held") {
  Offered talk;
  talk.permit(false);
  const DeviceResult& result = talk.done();
  CHECK(result.ota_status == OtaStatus::update_available);
  CHECK(result.update == "1.7.5");
  CHECK(result.update_held);
  CHECK_FALSE(result.update_sent);
  CHECK(result.outcome == Outcome::ok);
}

TEST_CASE("an update that was sent already is not held, and its error says so") {
  Offered talk;
  talk.disturb(Granted{false, true});
  const DeviceResult& result = talk.done();
  CHECK(result.ota_status == OtaStatus::update_available);
  CHECK(result.update == "1.7.5");
  CHECK(result.outcome == Outcome::ok);
  CHECK_FALSE(result.update_held);
  CHECK_FALSE(result.update_sent);
  CHECK(result.error_text() == "OTA: the update was sent already and is not sent again");
  CHECK(result.errors[0].cause == Cause::sent_already);
}

TEST_CASE("an accepted update stays available for this run") {
  for (const char* body : {"null", "{}", "", "null\r\n"}) {
    CAPTURE(body);
    Sent talk;
    talk.answer(200, body);
    const DeviceResult& result = talk.done();
    CHECK(result.ota_status == OtaStatus::update_available);
    CHECK(result.update == "1.7.5");
    CHECK(result.update_sent);
    CHECK_FALSE(result.update_held);
    CHECK(result.outcome == Outcome::ok);
    CHECK(result.error_text() == "");
  }
}

TEST_CASE("the update has the OTA timeout and the wanted stage") {
  Policy policy = ota_only();
  policy.config.ota.timeout = 33s;
  Sent stable(policy);
  CHECK(std::get<Call>(stable.action()).timeout == 33s);

  policy.config.ota.stage = OtaStage::beta;
  Talk beta(policy);
  beta.identified();
  CHECK(beta.expect_get(kCheck).timeout == 33s);
  beta.answer(200, R"({"beta":{"version":"2.0.0-beta1"}})");
  beta.allow_update(info(), "2.0.0-beta1");
  beta.expect_get("/rpc/Shelly.Update?stage=beta");
}

TEST_CASE("no answer to the update: it may have started, and is never sent again") {
  for (const Cause cause :
       {Cause::timeout, Cause::reset, Cause::closed, Cause::malformed, Cause::too_large}) {
    CAPTURE(to_string(cause));
    Sent talk;
    talk.fails(cause);
    const DeviceResult& result = talk.done();
    CHECK(result.ota_status == OtaStatus::update_available);
    CHECK(result.outcome == Outcome::ok);
    CHECK(result.update_sent);
    CHECK(result.error_text() == "OTA: may have started, no answer");
    CHECK(result.errors[0].cause == Cause::no_answer);
  }
}

TEST_CASE("a status that HTTP does not have is no answer to the update") {
  for (const int status : {0, 40, 600, 999}) {
    CAPTURE(status);
    Sent talk;
    talk.answer(status, "null");
    CHECK(talk.done().ota_status == OtaStatus::update_available);
    CHECK(talk.done().update_sent);
    CHECK(talk.done().error_text() == "OTA: may have started, no answer");
  }
}

TEST_CASE("half an answer to the update is no answer") {
  Sent half;
  half.fails(Cause::closed, 200);
  CHECK(half.done().error_text() == "OTA: may have started, no answer");
  Sent interim;
  interim.fails(Cause::timeout, 100);
  CHECK(interim.done().error_text() == "OTA: may have started, no answer");
  Sent troubled;
  troubled.fails(Cause::closed, 500);
  CHECK(troubled.done().error_text() == "OTA: may have started, no answer");
  Sent refused;
  refused.fails(Cause::closed, 403);
  CHECK(refused.done().ota_status == OtaStatus::error);
  CHECK_FALSE(refused.done().update_sent);
}

TEST_CASE("an update that never reached the device was not sent") {
  for (const Cause cause : {Cause::refused, Cause::unreachable, Cause::local}) {
    CAPTURE(to_string(cause));
    Sent talk;
    talk.fails(cause);
    CHECK(talk.done().ota_status == OtaStatus::error);
    CHECK(talk.done().outcome == Outcome::failed);
    CHECK_FALSE(talk.done().update_sent);
  }
}

TEST_CASE("a server in trouble has not said no to the update") {
  for (const char* body : {"", "<html>Bad gateway</html>", "{}"}) {
    CAPTURE(body);
    Sent talk;
    talk.answer(503, body);
    CHECK(talk.done().ota_status == OtaStatus::update_available);
    CHECK(talk.done().update_sent);
    CHECK(talk.done().error_text() == "OTA: may have started, no answer");
  }
}

TEST_CASE("success of another kind leaves open what it does") {
  for (const int status : {201, 202, 204, 206}) {
    CAPTURE(status);
    Sent talk;
    talk.answer(status, "");
    CHECK(talk.done().update_sent);
    CHECK(talk.done().outcome == Outcome::ok);
    CHECK(talk.done().error_text() == "OTA: may have started, no answer");
  }
  Sent no;
  no.answer(202, R"({"code":-114,"message":"No update info!"})");
  CHECK(no.done().ota_status == OtaStatus::error);
  CHECK_FALSE(no.done().update_sent);
}

TEST_CASE("a device that sends the update elsewhere has not taken it, and has not declined it") {
  for (const int status : {301, 302, 307, 308}) {
    CAPTURE(status);
    Sent talk;
    talk.answer(status, "");
    CHECK(talk.done().ota_status == OtaStatus::error);
    CHECK(talk.done().error_text() == "OTA: HTTP " + std::to_string(status));
    CHECK_FALSE(talk.done().update_sent);
    CHECK(!talk.done().ota);
  }
}

TEST_CASE("a refused update is an error, tried once") {
  Sent talk;
  talk.answer(500, R"({"code":-114,"message":"Resource unavailable: FW stage stable not found!"})");
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() ==
        "OTA: HTTP 500 (-114 Resource unavailable: FW stage stable not found!)");
  CHECK_FALSE(talk.done().update_sent);

  Sent framed;
  framed.answer(200, R"({"id":1,"error":{"code":-114,"message":"No update info!"}})");
  CHECK(framed.done().ota_status == OtaStatus::error);
}

TEST_CASE("an update that is refused for the moment is no failure, and not sent") {
  for (const char* body : {R"({"code":-109,"message":"shutting down"})",
                           R"({"code":-109,"message":"Failed precondition: Restart pending!"})",
                           R"({"code":-114,"message":"Already in progress"})",
                           R"({"code":-1,"message":"Update In Progress!"})",
                           R"({"code":-114,"message":"Low Battery!"})", R"({"code":-109})"}) {
    for (const int status : {500, 200}) {
      CAPTURE(body);
      Sent talk;
      talk.answer(status, body);
      const DeviceResult& result = talk.done();
      CHECK(result.ota_status == OtaStatus::update_available);
      CHECK(result.outcome == Outcome::ok);
      CHECK(result.update == "1.7.5");
      CHECK_FALSE(result.update_sent);
      CHECK_FALSE(result.update_held);
      CHECK(result.errors.size() == 1);
      CHECK(result.errors[0].part == Part::ota);
      CHECK(result.errors[0].rpc_code != 0);
    }
  }
}

TEST_CASE("a refused login is a failure, whatever its body says") {
  Sent busy;
  Reply reply;
  reply.status = 401;
  reply.body = R"({"code":-109,"message":"in progress"})";
  busy.feed(reply);
  CHECK(busy.done().ota_status == OtaStatus::error);
  CHECK(busy.done().error_text() == "auth: login required");
}

TEST_CASE("the device is looked at again before the update") {
  Offered stranger;
  stranger.go_to_last_look();
  stranger.get(kInfo, R"({"mac":"34945472A643","ver":"1.0.0","name":"Fremd","id":"x","app":"y"})");
  CHECK(stranger.done().ota_status == OtaStatus::error);
  CHECK(stranger.done().error_text() == "identity: expected A8032ABE54DC, found 34945472A643");
  CHECK(stranger.done().fw == "1.7.0");
  CHECK_FALSE(stranger.done().update_sent);

  Offered updated;
  updated.go_to_last_look();
  updated.get(kInfo, info_with("1.7.5", "20260311-095911/1.7.5-g9979d16"));
  CHECK(updated.done().ota_status == OtaStatus::up_to_date);
  CHECK(updated.done().update == "");
  CHECK(updated.done().fw == "1.7.5");
  CHECK(updated.done().outcome == Outcome::ok);
  CHECK_FALSE(updated.done().update_sent);

  Offered older;
  older.go_to_last_look();
  older.get(kInfo, info_with("1.6.0", ""));
  CHECK(older.done().held == "runs another version by now");
  CHECK(older.done().fw == "1.6.0");
  CHECK(older.done().ota_status == OtaStatus::update_available);
}

TEST_CASE("a device that cannot be looked at again is not updated") {
  Offered silent;
  silent.go_to_last_look();
  CHECK(silent.expect_get(kInfo).timeout == 5s);
  silent.fails(Cause::timeout);
  silent.pause();
  silent.expect_get(kInfo);
  silent.fails(Cause::timeout);
  CHECK(silent.done().ota_status == OtaStatus::error);
  CHECK(silent.done().error_text() == "identity: cannot be read: timeout");

  Offered failing;
  failing.go_to_last_look();
  failing.expect_get(kInfo);
  failing.answer(404);
  CHECK(failing.done().error_text() == "identity: cannot be read: HTTP 404");
  CHECK(failing.done().errors[0].http_status == 404);

  Offered garbled;
  garbled.go_to_last_look();
  garbled.get(kInfo, "{}");
  CHECK(garbled.done().error_text() == "identity: cannot be read: answer has no MAC");

  Offered versionless;
  versionless.go_to_last_look();
  versionless.get(kInfo, R"({"mac":"A8032ABE54DC"})");
  CHECK(versionless.done().ota_status == OtaStatus::error);
  CHECK(versionless.done().error_text() ==
        "OTA: installed \"\" and offered \"1.7.5\" cannot be compared without the dates of both "
        "builds");
  CHECK_FALSE(versionless.done().update_sent);
}

TEST_CASE("a name error and an update error stand side by side") {
  Talk talk;
  talk.identified();
  talk.expect_get(kSetName);
  talk.answer(500, R"({"code":-103,"message":"Invalid argument"})");
  talk.expect_get(kCheck);
  talk.answer(500, R"({"code":-104})");
  CHECK(talk.done().error_text() ==
        "friendly: HTTP 500 (-103 Invalid argument); OTA: HTTP 500 (-104)");
  CHECK(talk.done().friendly_status == FriendlyStatus::error);
  CHECK(talk.done().ota_status == OtaStatus::check_failed);
}

TEST_CASE("a broken offer of a stage that is not wanted costs nothing") {
  Talk talk(ota_only());
  talk.identified();
  talk.get(kCheck, R"({"beta":{"version":7},"stable":{"version":"1.7.5"}})");
  talk.allow_update();
  talk.get(kUpdate, "null");
  CHECK(talk.done().ota_status == OtaStatus::update_available);
  CHECK(talk.done().update_sent);
}

TEST_CASE("an update whose request never left was not sent") {
  Talk talk(ota_only());
  talk.identified();
  talk.get(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_get(kUpdate);
  Reply reply;
  reply.failure = Cause::timeout;
  reply.unsent = true;
  talk.feed(reply);
  CHECK_FALSE(talk.done().update_sent);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "OTA: timeout");
}

TEST_CASE("an answer to the update that cannot be read leaves open what has happened") {
  for (const char* body : {"<html></html>", "{\"code\":-114", "OK"}) {
    CAPTURE(body);
    Talk talk(ota_only());
    talk.identified();
    talk.get(kCheck, offer("1.7.5"));
    talk.allow_update();
    talk.expect_get(kUpdate);
    talk.answer(200, body);
    CHECK(talk.done().update_sent);
    CHECK(talk.done().ota_status == OtaStatus::update_available);
    CHECK(talk.done().error_text() == "OTA: may have started, the answer cannot be read");
  }
}

TEST_CASE("an error is no list of offers, whatever it looks like") {
  for (const char* body :
       {R"({"error":"no"})", R"({"code":"-114","message":"x"})", R"({"code":0})",
        R"({"id":1,"result":{}})", R"({"code":-114,"code":0})", R"({"code":{"x":1}})"}) {
    CAPTURE(body);
    Talk talk(ota_only());
    talk.identified();
    talk.expect_get(kCheck);
    talk.answer(200, body);
    CHECK(talk.done().ota_status == OtaStatus::check_failed);
  }
}

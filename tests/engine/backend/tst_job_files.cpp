#include "engine/backend/job_events.h"
#include "engine/backend/job_spec_file.h"
#include "tests/engine/error_of.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <random>

using namespace fxs;

namespace {

JobSpec awkwardSpec() {
    JobSpec spec;
    spec.name = "a \"quoted\"\nname with $(touch x) and 'that'\t\\";
    for (int i = 0; i < 12; ++i)
        spec.inputs.push_back("/data/run " + std::to_string(i) + "'s $HOME\n.h5");
    spec.outputFolder = "results/ä b";
    spec.first = Stage::filter;
    spec.last = Stage::reconstruct;
    spec.settings["filter"] = {{"diameter", 190.00000000000003}, {"max-order", std::int64_t{40}}};
    spec.settings["correlate"] = {{"double", true}, {"diameter", SettingValue{}}};
    spec.settings["input"] = {{"mask", std::string("a,b;c=#d")}};
    spec.snapshotPeriodSeconds = 0.1;
    spec.overwrite = true;
    return spec;
}

std::string joined(const std::vector<JobEvent>& events) {
    std::string out;
    for (const JobEvent& event : events)
        out += toJsonLine(event) + "\n";
    return out;
}

std::vector<JobEvent> oneOfEach() {
    std::vector<JobEvent> events(6);
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[i].kind = static_cast<JobEvent::Kind>(i);
        events[i].run = 1;
        events[i].sequence = i + 1;
        events[i].time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1795415462125 + i));
        events[i].ranks = 4;
    }
    events[0].state = JobState::running;
    events[0].message = "after a \"requeue\"";
    events[1].progress = {"Correlation", 0.4375, 7000, 16000, 812.5, "frames"};
    events[1].frames = 9000;
    events[2].line.level = LogLevel::warning;
    events[2].line.text = "two\nlines";
    events[3].frames = 9000;
    events[4].files = {"results/CORRELATION.h5"};
    events[4].seconds = {{Stage::correlate, 12.5}, {Stage::reconstruct, 3}};
    events[5].message = "rank 3 on node17: file cut";
    events[5].code = ErrorCode::io;
    return events;
}

} // namespace

class TestJobFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSpecificationComesBackAsItWas() {
        const JobSpec spec = awkwardSpec();
        const JobSpec back = jobSpecFromToml(jobSpecToToml(spec), "job.toml");
        QVERIFY(back.name == spec.name && back.inputs == spec.inputs && back.outputFolder == spec.outputFolder &&
                back.outputFile == spec.outputFile);
        QVERIFY(back.first == spec.first && back.last == spec.last && back.overwrite && !back.resume);
        QCOMPARE(back.snapshotPeriodSeconds, 0.1);
        QVERIFY(back.settings == spec.settings);
    }

    void aSpecificationThatIsWrongIsRefusedWithWhatIsWrong_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        QTest::newRow("no TOML") << "job = ["
                                 << "job.toml, line 1";
        QTest::newRow("nothing") << ""
                                 << "there is no section [job]";
        QTest::newRow("settings only") << "[polar]\nq-max = 1\n"
                                       << "there is no section [job]";
        QTest::newRow("another format") << "[job]\nformat = 7\nversion = \"9.1\"\n"
                                        << "format 7 of program version 9.1";
        QTest::newRow("no format") << "[job]\nname = \"x\"\n"
                                   << "format 0";
        QTest::newRow("stage") << "[job]\nformat = 1\nfirst = \"fold\"\n"
                               << "no stage \"fold\"";
        QTest::newRow("type") << "[job]\nformat = 1\noverwrite = 1\n"
                              << "another type";
        QTest::newRow("key") << "[job]\nformat = 1\nover = true\n"
                             << "over is not known";
        QTest::newRow("file") << "[job]\nformat = 1\n[run]\nfile-1 = 3\n"
                              << "is not file-NUMBER";
    }
    void aSpecificationThatIsWrongIsRefusedWithWhatIsWrong() {
        QFETCH(QString, text);
        QFETCH(QString, said);
        const std::string error = errorOf([&] { jobSpecFromToml(text.toStdString(), "job.toml"); });
        QVERIFY2(error.find(said.toStdString()) != std::string::npos, error.c_str());
    }

    void everyKindOfEventComesBackInAnyCuts() {
        const auto events = oneOfEach();
        const std::string bytes = joined(events);
        for (const std::size_t cut : {1, 2, 7, 64, 100000}) {
            JobEventReader reader;
            std::vector<JobEvent> back;
            for (std::size_t at = 0; at < bytes.size(); at += cut)
                for (JobEvent& event : reader.feed(std::string_view(bytes).substr(at, cut)))
                    back.push_back(std::move(event));
            QCOMPARE(back.size(), events.size());
            QCOMPARE(reader.offset(), bytes.size());
            QCOMPARE(reader.garbageLines(), 0u);
            for (std::size_t i = 0; i < back.size(); ++i) {
                QCOMPARE(toJsonLine(back[i]), toJsonLine(events[i]));
                QVERIFY(back[i].time == events[i].time);
            }
            QCOMPARE(back[2].line.text, std::string("two\nlines"));
            QVERIFY(back[4].seconds == events[4].seconds && back[4].files == events[4].files);
            QVERIFY(back[5].code == ErrorCode::io);
        }
    }

    void garbageIsPassedOver() {
        const auto events = oneOfEach();
        const std::string line = toJsonLine(events[0]);
        JobEventReader reader;
        std::string bytes = "Welcome to the cluster!\n\n" + line.substr(0, 30) +
                            "\n[1,2]\n{\"v\":2}\n{\"v\":1,\"kind\":7}\n" + std::string(3 << 20, 'x') + "\n" +
                            std::string("\0\xff\xfe{\n", 5) + line + "\r\n";
        std::vector<JobEvent> back;
        for (std::size_t at = 0; at < bytes.size(); at += 65537)
            for (JobEvent& event : reader.feed(std::string_view(bytes).substr(at, 65537)))
                back.push_back(std::move(event));
        QCOMPARE(back.size(), 1u);
        QCOMPARE(reader.garbageLines(), 7u);
        // Random bytes: no crash, no event.
        std::mt19937 random(5);
        for (int i = 0; i < 2000; ++i) {
            std::string noise(random() % 200, ' ');
            for (char& c : noise)
                c = static_cast<char>(random());
            QVERIFY(reader.feed(noise).empty());
        }
        // A line with any one byte changed is an event or it is not; it is never two, and never a crash.
        for (std::size_t i = 0; i < line.size(); ++i) {
            std::string changed = line;
            changed[i] = static_cast<char>(random());
            JobEventReader fresh;
            QVERIFY(fresh.feed(changed + "\n").size() <= 1);
        }
    }

    void nothingComesTwiceAndAnotherFileIsFollowed() {
        const auto events = oneOfEach();
        const std::string bytes = joined(events);
        JobEventReader reader;
        QCOMPARE(reader.feed(bytes).size(), events.size());
        reader.restart(); // read again from the start: all known
        QCOMPARE(reader.offset(), 0u);
        QVERIFY(reader.feed(bytes).empty());
        JobEvent next = events[0];
        next.run = 2;
        next.sequence = 1;
        QCOMPARE(reader.feed(toJsonLine(next) + "\n").size(), 1u);
        JobEvent late = events[1]; // of the earlier run, by a worker that did not know yet that its time is over
        late.sequence = 99;
        QVERIFY(reader.feed(toJsonLine(late) + "\n").empty());
        reader.restart(); // the file was replaced: numbers begin anew, time has gone on
        JobEvent other = events[0];
        other.time += std::chrono::hours(1);
        QCOMPARE(reader.feed(toJsonLine(other) + "\n").size(), 1u);
    }

    void aWriterGoesOnBehindACutLine() {
        QTemporaryDir dir;
        const std::string path = dir.filePath("status.jsonl").toStdString();
        {
            JobEventWriter writer(path);
            QCOMPARE(writer.run(), 1u);
            writer.write(oneOfEach()[0]);
            writer.write(oneOfEach()[1]);
        }
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::Append));
        file.write("{\"v\":1,\"run\":1,\"se"); // its node died
        file.close();
        JobEventWriter writer(path);
        QCOMPARE(writer.run(), 2u);
        writer.write(oneOfEach()[2]);
        QVERIFY(file.open(QIODevice::ReadOnly));
        JobEventReader reader;
        const auto back = reader.feed(file.readAll().toStdString());
        QCOMPARE(back.size(), 3u);
        QCOMPARE(reader.garbageLines(), 1u);
        QCOMPARE(back[1].sequence, 2u);
        QCOMPARE(back[2].run, 2u);
        QCOMPARE(back[2].sequence, 1u);
        const std::string error = errorOf([] { JobEventWriter("/nowhere/status.jsonl"); });
        QVERIFY2(error.find("/nowhere/status.jsonl") != std::string::npos, error.c_str());
    }
};

QTEST_APPLESS_MAIN(TestJobFiles)
#include "tst_job_files.moc"

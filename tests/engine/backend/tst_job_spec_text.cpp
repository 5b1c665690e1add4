#include "engine/backend/job_spec_text.h"
#include "engine/core/settings_file.h"

#include <QProcess>
#include <QTest>

using namespace fxs;

namespace {

const char* text(const std::string& s) {
    return s.c_str();
}

} // namespace

class TestJobSpecText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onlyWhatDiffersFromTheDefaultsIsWritten() {
        JobSpec spec;
        spec.inputs = {"run.h5"};
        spec.outputFolder = "out";
        QCOMPARE(text(commandLine(spec)), "fxs analyse run.h5 -o out");
        for (const SettingsSection& section : jobSections())
            for (const SettingInfo& info : section.infos)
                spec.settings[section.name][info.key] = info.defaultValue;
        QCOMPARE(text(commandLine(spec)), "fxs analyse run.h5 -o out");
        spec.settings["correlate"]["max-harmonic"] = std::int64_t{40};
        spec.settings["correlate"]["double"] = true;
        spec.overwrite = true;
        const std::string line = commandLine(spec);
        QVERIFY2(line.find(" --max-harmonic 40") != std::string::npos, text(line));
        QVERIFY2(line.find(" --double") != std::string::npos && line.ends_with(" --force"), text(line));
    }

    void oneStageIsItsOwnCommand() {
        JobSpec spec;
        spec.inputs = {"c.h5"};
        spec.outputFile = "b.h5";
        spec.first = spec.last = Stage::filter;
        QCOMPARE(text(commandLine(spec)), "fxs filter c.h5 -o b.h5");
        spec.last = Stage::reconstruct;
        spec.outputFile.clear();
        spec.outputFolder = "out";
        QCOMPARE(text(commandLine(spec)), "fxs analyse c.h5 -o out --from filter");
    }

    void aKeyOfSeveralSectionsIsOneOptionWhereTheyAgree() {
        JobSpec spec;
        spec.inputs = {"run.h5"};
        spec.outputFolder = "out";
        for (const char* section : {"correlate", "filter", "reconstruct"})
            spec.settings[section]["diameter"] = 190.0;
        QCOMPARE(text(commandLine(spec)), "fxs analyse run.h5 -o out --diameter 190");
        spec.settings["correlate"]["diameter"] = 200.0;
        const std::string line = commandLine(spec);
        QVERIFY2(line.find(" --correlate.diameter 200") != std::string::npos &&
                     line.find(" --filter.diameter 190") != std::string::npos,
                 text(line));
    }

    void aShellReadsEveryWordBack_data() {
        QTest::addColumn<QString>("word");
        for (const char* word : {"plain.h5", "two words.h5", "it's", "a\"b", "$HOME", "`id`", "a;b", "", "*", "~", "naïve", "a\nb"})
            QTest::newRow(word) << word;
    }
    void aShellReadsEveryWordBack() {
        QFETCH(QString, word);
        QProcess shell;
        shell.start("/bin/sh", {"-c", "printf %s " + QString::fromStdString(shellQuoted(word.toStdString()))});
        QVERIFY(shell.waitForFinished());
        QCOMPARE(QString::fromUtf8(shell.readAllStandardOutput()), word);
    }

    void anInputThatLooksLikeAnOptionStaysAnInput() {
        JobSpec spec;
        spec.inputs = {"--json"};
        spec.outputFolder = "out";
        QCOMPARE(text(commandLine(spec)), "fxs analyse ./--json -o out");
    }

    void theSettingsTextHoldsDefaultsToo() {
        JobSpec spec;
        spec.settings["filter"]["diameter"] = 190.0;
        const SettingSections back = parseSettings(settingsText(spec), "settings");
        QCOMPARE(std::get<double>(back.at("filter").at("diameter")), 190.0);
        for (const char* section : {"input", "polar", "correlate", "filter", "reconstruct"})
            QVERIFY2(back.count(section), section);
    }
};

QTEST_GUILESS_MAIN(TestJobSpecText)
#include "tst_job_spec_text.moc"

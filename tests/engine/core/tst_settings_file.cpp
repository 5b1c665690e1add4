#include "engine/core/settings_file.h"
#include "tests/engine/error_of.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <limits>

using namespace fxs;

class tst_settings_file : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsSections() {
        const auto sections =
            parseSettings("# comment\n[polar]\nq-max = 0.15\nq-bins = 100\n\n[input]\nmask = 'a\\b.npy'\n"
                          "[correlate]\ndouble = true\nparity = \"even\"\n[empty]\n",
                          "x.toml");
        QCOMPARE(sections.size(), std::size_t{4});
        QCOMPARE(std::get<double>(sections.at("polar").at("q-max")), 0.15);
        QCOMPARE(std::get<std::int64_t>(sections.at("polar").at("q-bins")), std::int64_t{100});
        QCOMPARE(std::get<std::string>(sections.at("input").at("mask")), std::string("a\\b.npy"));
        QCOMPARE(std::get<bool>(sections.at("correlate").at("double")), true);
        QVERIFY(sections.at("empty").empty());
        QVERIFY(parseSettings("", "x").empty());
    }

    void roundTripsToTheLastBit() {
        SettingSections sections;
        sections["a"] = {{"tenth", 0.1},
                         {"sum", 0.1 + 0.2},
                         {"tiny", std::numeric_limits<double>::denorm_min()},
                         {"large", 1e300},
                         {"whole", 3.0},
                         {"minus", -0.0},
                         {"infinite", std::numeric_limits<double>::infinity()},
                         {"i", std::numeric_limits<std::int64_t>::min()},
                         {"yes", true},
                         {"no", false},
                         {"text", std::string("Å \"quoted\" \\ \n \t \x01 end")},
                         {"odd key!", std::string()}};
        sections["b c"] = {{"x", std::int64_t{1}}};
        const std::string text = settingsToToml(sections);
        const SettingSections back = parseSettings(text, "x");
        QVERIFY(back == sections);
        QVERIFY(std::signbit(std::get<double>(back.at("a").at("minus"))));
        QCOMPARE(settingsToToml(back), text);
    }

    void leavesOutWhatIsNotGiven() {
        QCOMPARE(settingsToToml({{"a", {{"x", SettingValue{}}}}}), std::string());
        QCOMPARE(settingsToToml({{"a", {{"x", SettingValue{}}, {"y", 2.0}}}}), std::string("[a]\ny = 2.0\n"));
    }

    void saysWhereItIsWrong() {
        QVERIFY(contains(errorOf([] { parseSettings("[polar]\nq-max = \n", "s.toml"); }), "s.toml, line 2"));
        QVERIFY(
            contains(errorOf([] { parseSettings("[polar]\nq-max = 1\nq-max = 2\n", "s.toml"); }), "s.toml, line 3"));
        QVERIFY(
            contains(errorOf([] { parseSettings("q-max = 1\n", "s.toml"); }), "q-max stands outside every section"));
        QVERIFY(
            contains(errorOf([] { parseSettings("[a]\nx = [1, 2]\n", "s.toml"); }), "line 2, column 5: x is a list"));
        QVERIFY(contains(errorOf([] { parseSettings("[a]\nx = 2020-01-01\n", "s.toml"); }), "x is a date"));
        QVERIFY(contains(errorOf([] { parseSettings("[a.b]\nx = 1\n", "s.toml"); }), "b is a table"));
    }

    void readsFiles() {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("s.toml").toStdString();
        QFile file(folder.filePath("s.toml"));
        QVERIFY(file.open(QFile::WriteOnly));
        file.close();
        QVERIFY(readSettingsFile(path).empty());
        QVERIFY(file.open(QFile::WriteOnly));
        file.write("[a]\nx = 1\n");
        file.close();
        QCOMPARE(readSettingsFile(path).size(), std::size_t{1});
        QVERIFY(contains(errorOf([&] { readSettingsFile(path + ".none"); }), "No such file"));
        QVERIFY(contains(errorOf([&] { readSettingsFile(folder.path().toStdString()); }), "it is a folder"));
    }
};

QTEST_APPLESS_MAIN(tst_settings_file)
#include "tst_settings_file.moc"

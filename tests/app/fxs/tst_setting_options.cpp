#include "app/fxs/setting_options.h"
#include "app/fxs/usage_error.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <optional>

using namespace fxs;
using namespace fxs::app;

namespace {

struct Fruit {
    double weight = 1.5;
    std::optional<double> diameter;
    int count = 3;
    bool ripe = true;
    std::string kind = "apple";

    static const SettingsDescription<Fruit>& description() {
        static const auto d =
            SettingsDescription<Fruit>("fruit", "Fruit")
                .add(&Fruit::weight, {.key = "weight", .label = "Weight", .unit = "kg", .minimum = 0.0})
                .add(&Fruit::diameter,
                     {.key = "diameter", .label = "Diameter", .minimum = 0.0, .minimumExclusive = true})
                .add(&Fruit::count, {.key = "count", .label = "Count", .minimum = 1.0, .maximum = 9.0})
                .add(&Fruit::ripe, {.key = "ripe", .label = "Ripe"})
                .add(&Fruit::kind,
                     {.key = "kind", .label = "Kind", .type = SettingType::choice, .choices = {"apple", "pear"}});
        return d;
    }
    std::vector<Problem> validate() const { return {}; }
};

struct Box {
    std::optional<double> diameter;
    static const SettingsDescription<Box>& description() {
        static const auto d =
            SettingsDescription<Box>("box", "Box").add(&Box::diameter, {.key = "diameter", .label = "Diameter"});
        return d;
    }
    std::vector<Problem> validate() const { return {}; }
};

struct Parsed {
    CLI::App app;
    SettingOptions options{app};
    explicit Parsed(const std::string& line) {
        options.add(Fruit::description());
        options.add(Box::description());
        app.parse(line);
    }
    Fruit fruit() const { return SettingOptions::settings<Fruit>(options.given({})); }
    Box box() const { return SettingOptions::settings<Box>(options.given({})); }
};

} // namespace

class TestSettingOptions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingGivenIsTheDefaults() {
        const Parsed p("");
        QVERIFY(p.options.given({}).empty());
        QCOMPARE(p.fruit().weight, 1.5);
        QVERIFY(p.fruit().ripe);
    }

    void everyTypeIsRead() {
        const Fruit f = Parsed("--weight 2 --diameter 7.5 --count 4 --no-ripe --kind pear").fruit();
        QCOMPARE(f.weight, 2.0);
        QCOMPARE(f.diameter.value(), 7.5);
        QCOMPARE(f.count, 4);
        QVERIFY(!f.ripe);
        QCOMPARE(f.kind, std::string("pear"));
        QVERIFY(Parsed("--ripe").fruit().ripe);
    }

    void oneKeyServesEverySectionThatHasIt() {
        const Parsed both("--diameter 5");
        QCOMPARE(both.fruit().diameter.value(), 5.0);
        QCOMPARE(both.box().diameter.value(), 5.0);
        const Parsed apart("--fruit.diameter 5 --box.diameter 6");
        QCOMPARE(apart.fruit().diameter.value(), 5.0);
        QCOMPARE(apart.box().diameter.value(), 6.0);
    }

    void autoIsNotGiven() { QVERIFY(!Parsed("--diameter auto").fruit().diameter.has_value()); }

    void wrongValuesAreRefusedWhileParsing_data() {
        QTest::addColumn<QString>("line");
        for (const char* line : {"--weight x", "--weight -1", "--count 10", "--count 1.5", "--kind plum",
                                 "--weight nan", "--diameter 0", "--weight", "--unknown 3"})
            QTest::newRow(line) << line;
    }
    void wrongValuesAreRefusedWhileParsing() {
        QFETCH(QString, line);
        QVERIFY_THROWS_EXCEPTION(CLI::ParseError, Parsed(line.toStdString()));
    }

    void theMessageNamesWhatWasExpected() {
        try {
            Parsed("--count 10");
            QFAIL("10 was taken");
        } catch (const CLI::ParseError& error) {
            const QString message = error.what();
            QVERIFY2(message.contains("--count") && message.contains("10") && message.contains("at most 9"),
                     qPrintable(message));
        }
    }

    void theHelpTellsUnitsAndDefaults() {
        const QString help = QString::fromStdString(Parsed("").app.help());
        QVERIFY2(help.contains("[kg] (default: 1.5)"), qPrintable(help));
        QVERIFY(help.contains("(optional)"));
        QVERIFY(help.contains("apple|pear"));
        QVERIFY(!help.contains("--fruit.weight"));
    }

    void aSettingsFileThatCannotBeReadIsAnError() {
        const Parsed p("");
        QVERIFY_THROWS_EXCEPTION(Error, p.options.given("/no/such/file.toml"));
    }

    void unknownSectionsAndKeysOfAFileAreWrongUsage() {
        QTemporaryDir dir;
        const std::string path = dir.filePath("s.toml").toStdString();
        std::ofstream(path) << "[fruits]\nweight = 2\n[polar]\nq-bin = 3\nphi-bins = 0\n";
        try {
            Parsed("").options.given(path);
            QFAIL("the file was taken");
        } catch (const UsageError& error) {
            const QString message = error.what();
            QVERIFY2(message.contains("[fruits]") && message.contains("q-bin") && message.contains("phi-bins"),
                     qPrintable(message));
        }
    }
};

QTEST_APPLESS_MAIN(TestSettingOptions)
#include "tst_setting_options.moc"

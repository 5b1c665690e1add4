#include "engine/core/settings.h"

#include <QtTest>

using namespace fxs;

namespace {

struct Sample {
    double diameter = 190;
    int order = 28;
    bool flat = false;
    std::string parity = "even";
    std::optional<double> limit;

    static const SettingsDescription<Sample>& description() {
        static const auto d =
            SettingsDescription<Sample>("sample", "Sample")
                .add(&Sample::diameter,
                     {.key = "diameter", .unit = "Å", .minimum = 0, .maximum = 1e5, .minimumExclusive = true})
                .add(&Sample::order, {.key = "max-order", .minimum = 2, .maximum = 200})
                .add(&Sample::flat, {.key = "flat"})
                .add(&Sample::parity, {.key = "parity", .type = SettingType::choice, .choices = {"even", "full"}})
                .add(&Sample::limit, {.key = "limit", .minimum = 0});
        return d;
    }
};

const SettingInfo& info(const std::string& key) {
    for (const SettingInfo& i : Sample::description().infos())
        if (i.key == key)
            return i;
    throw Error(ErrorCode::internal, "no setting " + key);
}

} // namespace

class TestSettings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void typesAndDefaultsComeFromTheStruct() {
        QVERIFY(info("diameter").type == SettingType::real);
        QVERIFY(info("max-order").type == SettingType::integer);
        QVERIFY(info("flat").type == SettingType::boolean);
        QVERIFY(info("parity").type == SettingType::choice);
        QVERIFY(info("limit").optional);
        QCOMPARE(std::get<double>(info("diameter").defaultValue), 190.0);
    }

    void valuesRoundTrip() {
        Sample a;
        a.diameter = 12.5;
        a.limit = 3;
        a.parity = "full";
        Sample b;
        QVERIFY(Sample::description().apply(b, Sample::description().values(a)).empty());
        QCOMPARE(b.diameter, 12.5);
        QCOMPARE(b.limit.value(), 3.0);
        QCOMPARE(b.parity, std::string("full"));
        // Not given resets what is optional.
        QVERIFY(Sample::description().apply(b, {{"limit", {}}}).empty());
        QVERIFY(!b.limit);
    }

    void parsing_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("fine");
        QTest::newRow("real") << "diameter"
                              << "1.5e2" << true;
        QTest::newRow("real from integer") << "diameter"
                                           << "150" << true;
        QTest::newRow("not a number") << "diameter"
                                      << "12x" << false;
        QTest::newRow("empty") << "diameter"
                               << "" << false;
        QTest::newRow("exclusive minimum") << "diameter"
                                           << "0" << false;
        QTest::newRow("infinite") << "diameter"
                                  << "inf" << false;
        QTest::newRow("nan") << "diameter"
                             << "nan" << false;
        QTest::newRow("too large") << "max-order"
                                   << "201" << false;
        QTest::newRow("at the limit") << "max-order"
                                      << "200" << true;
        QTest::newRow("fraction for integer") << "max-order"
                                              << "3.5" << false;
        QTest::newRow("boolean") << "flat"
                                 << "yes" << true;
        QTest::newRow("not boolean") << "flat"
                                     << "maybe" << false;
        QTest::newRow("choice") << "parity"
                                << "full" << true;
        QTest::newRow("foreign choice") << "parity"
                                        << "odd" << false;
        QTest::newRow("optional empty") << "limit"
                                        << "" << true;
    }
    void parsing() {
        QFETCH(QString, key);
        QFETCH(QString, text);
        QFETCH(bool, fine);
        std::string message;
        try {
            parseSetting(info(key.toStdString()), text.toStdString());
        } catch (const Error& error) {
            message = error.message();
        }
        QCOMPARE(message.empty(), fine);
        if (!fine) {
            QVERIFY2(message.find(key.toStdString()) != std::string::npos, message.c_str());
            QVERIFY2(message.find("expected") != std::string::npos, message.c_str());
        }
    }

    void everyProblemIsReportedAndNothingWrongApplied() {
        Sample s;
        const auto problems = Sample::description().apply(
            s, {{"diameter", -1.0}, {"max-order", std::int64_t{1}}, {"parity", std::string("odd")}, {"flat", true}});
        QCOMPARE(problems.size(), std::size_t(3));
        QCOMPARE(s.diameter, 190.0);
        QVERIFY(s.flat);
        bool threw = false;
        try {
            throwIfFatal(problems);
        } catch (const Error& error) {
            threw = error.code() == ErrorCode::badSettings;
        }
        QVERIFY(threw);
    }

    void textRoundTripsExactly() {
        const double value = 0.1 + 0.2;
        const auto parsed = parseSetting(info("diameter"), toText(SettingValue(value)));
        QCOMPARE(std::get<double>(parsed), value);
    }
};

QTEST_APPLESS_MAIN(TestSettings)
#include "tst_settings.moc"

#include "plugins/api/plugin_loader.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace fxs;

/// Plugins that are good, older, foreign, of another type, without the interface, faulty at start, cut, or no plugins.
class TestPluginLoader : public QObject {
    Q_OBJECT

private:
    /// A folder with that one file of the fakes, cut to `bytes` if given.
    QString folderWith(const QString& name, qint64 bytes = -1) {
        const QString folder = m_folder.filePath(QString::number(++m_count));
        QDir().mkpath(folder);
        const QString file = folder + "/lib" + name + ".so";
        QFile::copy(QStringLiteral(FXS_FAKE_PLUGINS "/lib") + name + ".so", file);
        if (bytes >= 0)
            QFile::resize(file, bytes);
        return folder;
    }

    QTemporaryDir m_folder;
    int m_count = 0;

private Q_SLOTS:
    void loadsAGoodOne() {
        const LoadedPlugins loaded = loadBackendPlugins({folderWith("fake_good")});
        QCOMPARE(loaded.warnings.size(), 0u);
        QCOMPARE(loaded.backends.size(), 1u);
        QCOMPARE(loaded.backends.front()->name(), std::string("Fake"));
    }

    void refusesWithTheReason_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("reason");
        QTest::newRow("older") << "fake_older"
                               << "plugin interface 0";
        QTest::newRow("foreign") << "fake_foreign"
                                 << "another program";
        QTest::newRow("other type") << "fake_other_type"
                                    << "expected \"fxs-backend\"";
        QTest::newRow("no interface") << "fake_no_interface"
                                      << "no backend plugin";
        QTest::newRow("fails at start") << "fake_throwing"
                                        << "no licence for this cluster";
    }
    void refusesWithTheReason() {
        QFETCH(QString, file);
        QFETCH(QString, reason);
        const LoadedPlugins loaded = loadBackendPlugins({folderWith(file)});
        QCOMPARE(loaded.backends.size(), 0u);
        QCOMPARE(loaded.warnings.size(), 1u);
        const QString warning = QString::fromStdString(loaded.warnings.front());
        QVERIFY2(warning.contains(reason) && warning.contains(file), qPrintable(warning));
    }

    /// A file that was cut anywhere is a warning, whatever part of it is missing.
    void survivesCutFiles() {
        const qint64 whole = QFileInfo(QStringLiteral(FXS_FAKE_PLUGINS "/libfake_good.so")).size();
        for (const qint64 bytes : {qint64(0), qint64(3), qint64(64), qint64(4096), whole / 3, whole / 2}) {
            const LoadedPlugins loaded = loadBackendPlugins({folderWith("fake_good", bytes)});
            QCOMPARE(loaded.backends.size(), 0u);
            QCOMPARE(loaded.warnings.size(), 1u);
        }
    }

    void passesOverOtherFilesAndFolders() {
        const QString folder = folderWith("fake_good");
        QFile text(folder + "/README.txt");
        QVERIFY(text.open(QIODevice::WriteOnly) && text.write("no plugin") > 0);
        text.close();
        QFile garbage(folder + "/libgarbage.so");
        QVERIFY(garbage.open(QIODevice::WriteOnly) && garbage.write("neither is this") > 0);
        garbage.close();
        const LoadedPlugins loaded = loadBackendPlugins({folder, m_folder.filePath("not there"), folder});
        QCOMPARE(loaded.backends.size(), 1u); // the folder given twice counts once
        QCOMPARE(loaded.warnings.size(), 1u);
    }
};

QTEST_GUILESS_MAIN(TestPluginLoader)
#include "tst_plugin_loader.moc"

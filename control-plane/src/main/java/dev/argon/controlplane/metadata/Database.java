package dev.argon.controlplane.metadata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import org.flywaydb.core.Flyway;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// The one connection to the metadata database. Transactions run one after the other.
public final class Database implements AutoCloseable {

  private static final String SCHEMA = "classpath:dev/argon/controlplane/schema";

  private final Connection connection;
  private final Runnable afterChange;

  /// Guards the connection; held for one transaction, nothing else is locked under it.
  private final ReentrantLock lock = new ReentrantLock();

  private Database(Connection connection, Runnable afterChange) {
    this.connection = connection;
    this.afterChange = afterChange;
  }

  /// The work of one transaction.
  @FunctionalInterface
  public interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /// Opens the database and brings its schema up to date; makes it if there is none.
  ///
  /// @param afterChange called after each committed transaction that may have changed something
  public static Database open(Path file, Runnable afterChange) throws SQLException, IOException {
    if (!Files.exists(file)) {
      // Passwords are in it.
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.enforceForeignKeys(true);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    Flyway.configure().dataSource(source).locations(SCHEMA).loggers("auto").load().migrate();
    Connection connection = source.getConnection();
    connection.setAutoCommit(false);
    return new Database(connection, afterChange);
  }

  /// Runs a transaction that changes nothing.
  public <T> T read(Work<T> work) {
    return transaction(work);
  }

  /// Runs a transaction; it is on disk when this returns.
  public <T> T write(Work<T> work) {
    T result = transaction(work);
    afterChange.run();
    return result;
  }

  private <T> T transaction(Work<T> work) {
    lock.lock();
    try {
      T result = work.run(connection);
      connection.commit();
      return result;
    } catch (SQLException e) {
      rollback(e);
      throw new MetadataException(e);
    } catch (RuntimeException e) {
      rollback(e);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private void rollback(Exception reason) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  /// Writes a consistent copy of the whole database to a file that must not exist.
  void copyTo(Path file) {
    lock.lock();
    try {
      connection.setAutoCommit(true);
      try {
        Sql.update(connection, "vacuum into ?", file.toString());
      } finally {
        connection.setAutoCommit(false);
      }
    } catch (SQLException e) {
      throw new MetadataException(e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      connection.close();
    } catch (SQLException e) {
      throw new MetadataException(e);
    } finally {
      lock.unlock();
    }
  }
}

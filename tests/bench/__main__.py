"""`./run bench`."""

if __name__ == "__main__":  # the servers' processes import this file, too
    from tests.bench.run import main

    main()

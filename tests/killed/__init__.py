"""A claimbot that is killed at chosen instants and started again, and what must be true then.

    instants = [Instant(point="after-receive", nth=2)]
    async with FakeBotApi() as api, Mortal(api, folder, instants) as mortal:
        piet = await hand_in(mortal, Manner(), pictures("piet"))
        await mortal.stop()
    holds(mortal, [piet])

The process kills itself, from inside, so that an instant can lie between any two statements.
"""
